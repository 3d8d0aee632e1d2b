/** One flat vector holds all parameters of a model: one tensor goes in, one gradient comes out. */
import { UndertoneError } from '@undertone/core';
import type { Graph, Value } from '../autodiff/graph.ts';
import { rawConcat, rawReshape, rawSplit } from '../autodiff/raw.ts';
import { type Dims, elementCount } from '../autodiff/shape.ts';

export interface ParameterSpec {
  readonly name: string;
  readonly dims: Dims;
  /** Biases are not decayed. */
  readonly kind: 'weight' | 'bias';
}

export class ParameterLayout {
  readonly specs: readonly ParameterSpec[];
  /** Number of floats. */
  readonly size: number;
  readonly #offsets = new Map<string, { readonly offset: number; readonly spec: ParameterSpec }>();

  constructor(specs: readonly ParameterSpec[]) {
    this.specs = specs;
    let offset = 0;
    for (const spec of specs) {
      this.#offsets.set(spec.name, { offset, spec });
      offset += elementCount(spec.dims);
    }
    this.size = offset;
  }

  /** The part of `flat` that is the named parameter, not copied. */
  view(flat: Float32Array, name: string): Float32Array {
    const { offset, spec } = this.#find(name);
    if (flat.length !== this.size) {
      throw new UndertoneError('bad_parameter', `Expected ${this.size} parameters; found ${flat.length}.`);
    }
    return flat.subarray(offset, offset + elementCount(spec.dims));
  }

  /** `[size]`: 1 where weight decay applies, else 0. */
  decayMask(): Float32Array {
    const mask = new Float32Array(this.size);
    for (const spec of this.specs) this.view(mask, spec.name).fill(spec.kind === 'weight' ? 1 : 0);
    return mask;
  }

  /** Cuts a flat graph value into the named parameters. */
  split(g: Graph, flat: Value): ParameterValues {
    const lengths = this.specs.map((spec) => elementCount(spec.dims));
    const parts = rawSplit(g, flat, 0, lengths);
    const values = new Map(this.specs.map((spec, i) => [spec.name, rawReshape(g, parts[i]!, spec.dims)]));
    return new ParameterValues(values);
  }

  /**
   * The flat gradient of `loss` by what `split` returned.
   * @param frozen names of parameters whose gradient is 0
   */
  gradient(g: Graph, loss: Value, parameters: ParameterValues, frozen: readonly string[] = []): Value {
    const trained = this.specs.filter(({ name }) => !frozen.includes(name));
    const found = g.gradients(
      loss,
      trained.map(({ name }) => parameters.get(name)),
    );
    const gradients = new Map(trained.map(({ name }, i) => [name, found[i]!]));
    const flat = this.specs.map(({ name, dims }) =>
      rawReshape(g, gradients.get(name) ?? g.zeros(dims), [elementCount(dims)]),
    );
    return rawConcat(g, flat, 0);
  }

  /** `[size]`: 1 for the named parameters, else 0; undefined without names. */
  maskOf(names: readonly string[] | undefined): Float32Array | undefined {
    if (names === undefined) return undefined;
    const mask = new Float32Array(this.size);
    for (const name of names) this.view(mask, name).fill(1);
    return mask;
  }

  #find(name: string): { readonly offset: number; readonly spec: ParameterSpec } {
    const found = this.#offsets.get(name);
    if (!found)
      throw new UndertoneError('bad_parameter', `Expected a parameter of the model; found ${name}.`);
    return found;
  }
}

export class ParameterValues {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values;
  }

  get(name: string): Value {
    const value = this.#values.get(name);
    if (!value)
      throw new UndertoneError('bad_parameter', `Expected a parameter of the model; found ${name}.`);
    return value;
  }
}
