/**
 * A static-shape computation that writes its own gradient: operations append ONNX nodes, differentiable ones also
 * leave on a tape how to continue the gradient, and `gradients` appends the backward pass to the same graph. ONNX
 * Runtime then trains without knowing that it does.
 */
import type { Attribute, GraphSpec, NodeSpec, TensorSpec, ValueSpec } from './onnx-writer.ts';
import { badShape, type Dims, elementCount, sameDims } from './shape.ts';

/** A float32 tensor of the graph. */
export interface Value {
  readonly name: string;
  readonly dims: Dims;
}

/** Gradient of the loss by each input, given the one by the output; null where there is none to give. */
export type Backward = (outputGradient: Value) => readonly (Value | null)[];

interface TapeEntry {
  readonly output: Value;
  readonly inputs: readonly Value[];
  readonly backward: Backward;
}

/** Constants of at most this many elements are written once and shared. */
const sharedConstantElements = 64;

let bodies = 0;

export class Graph {
  readonly #prefix: string;
  readonly #nodes: NodeSpec[] = [];
  readonly #initializers: TensorSpec[] = [];
  readonly #inputs: ValueSpec[] = [];
  readonly #tape: TapeEntry[] = [];
  readonly #constants = new Map<string, Value>();
  #names = 0;

  /** @param prefix of every name; bodies of loops need names that their surroundings do not use */
  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /** A graph for the body of a loop in this one. */
  body(): Graph {
    return new Graph(`${this.#prefix}b${bodies++}_`);
  }

  input(name: string, dims: Dims): Value {
    if (this.#inputs.some((known) => known.name === name)) badShape('input names that differ', name);
    this.#inputs.push({ name, dims });
    return { name, dims };
  }

  /** An input whose name is made up, as bodies of loops need. */
  anonymousInput(dims: Dims): Value {
    return this.input(this.#fresh('in'), dims);
  }

  /** Appends one node with one output of shape `dims`. Empty strings leave optional inputs out. */
  emit(
    op: string,
    inputs: readonly (Value | '')[],
    dims: Dims,
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): Value {
    return this.emitMany(op, inputs, [dims], attributes, domain)[0]!;
  }

  emitMany(
    op: string,
    inputs: readonly (Value | '')[],
    outputDims: readonly Dims[],
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): Value[] {
    const outputs = outputDims.map((dims) => ({ name: this.#fresh(op), dims }));
    this.#nodes.push({
      op,
      inputs: inputs.map((value) => (value === '' ? '' : value.name)),
      outputs: outputs.map((value) => value.name),
      attributes,
      domain,
    });
    return outputs;
  }

  constant(data: Float32Array | readonly number[], dims: Dims): Value {
    const key = data.length <= sharedConstantElements ? `f${dims.join()}|${data.join()}` : undefined;
    return this.#initializer(key, dims, Float32Array.from(data));
  }

  scalar(value: number): Value {
    return this.constant([value], []);
  }

  zeros(dims: Dims): Value {
    return this.#initializer(`z${dims.join()}`, dims, new Float32Array(elementCount(dims)));
  }

  /** An int64 vector, as shapes, axes and lengths are given to ONNX. */
  integers(values: readonly number[]): Value {
    return this.#initializer(`i${values.join()}`, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Declares that `output` depends on `inputs`; returns `output`. */
  record(output: Value, inputs: readonly Value[], backward: Backward): Value {
    this.#tape.push({ output, inputs, backward });
    return output;
  }

  /**
   * Appends the backward pass.
   * @param seed gradient by `output`, of its shape; 1 for a scalar loss
   * @returns the gradient by each of `targets`, zeros where `output` does not depend on it
   */
  gradients(output: Value, targets: readonly Value[], seed: Value = this.scalar(1)): Value[] {
    if (!sameDims(output.dims, seed.dims)) {
      badShape(`a seed of shape [${output.dims.join(', ')}]`, `[${seed.dims.join(', ')}]`);
    }
    const leading = this.#leadingTo(targets);
    const found = new Map<string, Value>([[output.name, seed]]);
    for (const entry of this.#tape.toReversed()) {
      const outputGradient = found.get(entry.output.name);
      if (!outputGradient || !leading.has(entry.output.name)) continue;
      for (const [i, gradient] of entry.backward(outputGradient).entries()) {
        const input = entry.inputs[i];
        if (!gradient || !input || !leading.has(input.name)) continue;
        if (!sameDims(gradient.dims, input.dims)) {
          badShape(
            `a gradient of shape [${input.dims.join(', ')}] for ${input.name}`,
            `[${gradient.dims.join(', ')}]`,
          );
        }
        const sum = found.get(input.name);
        found.set(input.name, sum ? this.emit('Add', [sum, gradient], input.dims) : gradient);
      }
    }
    return targets.map((target) => found.get(target.name) ?? this.zeros(target.dims));
  }

  /** Names of the values that depend on one of `targets`, and of these: the others need no gradient. */
  #leadingTo(targets: readonly Value[]): Set<string> {
    const leading = new Set(targets.map((target) => target.name));
    for (const { inputs, output } of this.#tape) {
      if (inputs.some((input) => leading.has(input.name))) leading.add(output.name);
    }
    return leading;
  }

  /** The graph as ONNX describes it, with the given values as outputs under the given names. */
  spec(name: string, outputs: Readonly<Record<string, Value>>): GraphSpec {
    const renamed = Object.entries(outputs).map(([as, value]) => ({
      op: 'Identity',
      inputs: [value.name],
      outputs: [as],
    }));
    return {
      name,
      nodes: [...this.#nodes, ...renamed],
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: Object.entries(outputs).map(([as, value]) => ({ name: as, dims: value.dims })),
    };
  }

  /** The graph as the body of a loop: outputs in the given order, under their own names. */
  bodySpec(name: string, outputs: readonly Value[]): GraphSpec {
    return {
      name,
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: outputs.map((value) => ({ name: value.name, dims: value.dims })),
    };
  }

  /** Shapes of the inputs by name. */
  get inputs(): ReadonlyMap<string, Dims> {
    return new Map(this.#inputs.map((input) => [input.name, input.dims as Dims]));
  }

  #initializer(key: string | undefined, dims: Dims, data: Float32Array | BigInt64Array): Value {
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known) return known;
    if (data.length !== elementCount(dims)) {
      badShape(`${elementCount(dims)} elements for shape [${dims.join(', ')}]`, `${data.length}`);
    }
    const value = { name: this.#fresh('const'), dims };
    this.#initializers.push({ name: value.name, dims, data });
    if (key !== undefined) this.#constants.set(key, value);
    return value;
  }

  #fresh(hint: string): string {
    return `${this.#prefix}${hint}_${this.#names++}`;
  }
}
