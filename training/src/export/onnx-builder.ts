/** Appends ONNX nodes by name where shapes are dynamic, as in exported models. */
import type { Attribute, GraphSpec, NodeSpec, TensorSpec, ValueSpec } from '../autodiff/onnx-writer.ts';

export class OnnxBuilder {
  readonly #nodes: NodeSpec[] = [];
  readonly #initializers: TensorSpec[] = [];
  readonly #integers = new Map<string, string>();
  #names = 0;

  /** Appends a node with one output, called `as` if given; returns its name. */
  node(op: string, inputs: readonly string[], attributes?: Record<string, Attribute>, as?: string): string {
    return this.nodeMany(op, inputs, 1, attributes, as === undefined ? undefined : [as])[0]!;
  }

  /** Appends a node with `count` outputs, called `as` if given; returns their names. */
  nodeMany(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes?: Record<string, Attribute>,
    as?: readonly string[],
  ): readonly string[] {
    const outputs = as ? [...as] : Array.from({ length: count }, () => `${op}_${this.#names++}`);
    this.#nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  weight(name: string, dims: readonly number[], data: Float32Array): string {
    this.#initializers.push({ name, dims, data });
    return name;
  }

  integers(...values: readonly number[]): string {
    const key = values.join();
    let name = this.#integers.get(key);
    if (name === undefined) {
      name = `integers_${this.#integers.size}`;
      this.#initializers.push({ name, dims: [values.length], data: BigInt64Array.from(values, BigInt) });
      this.#integers.set(key, name);
    }
    return name;
  }

  spec(name: string, inputs: readonly ValueSpec[], outputs: readonly ValueSpec[]): GraphSpec {
    return { name, nodes: this.#nodes, initializers: this.#initializers, inputs, outputs };
  }
}
