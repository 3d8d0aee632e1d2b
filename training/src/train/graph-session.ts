/** Static-shape graphs opened in ONNX Runtime, one session for each size, a bounded number of them. */
import { UndertoneError } from '@undertone/core';
import { type Dims, elementCount } from '../autodiff/shape.ts';
import type { BuiltGraph, GraphSize } from '../models/training-graph.ts';
import * as ort from './onnx-runtime.ts';

export class GraphSession {
  readonly #session: ort.InferenceSession;
  readonly #inputs: ReadonlyMap<string, Dims>;

  private constructor(session: ort.InferenceSession, inputs: ReadonlyMap<string, Dims>) {
    this.#session = session;
    this.#inputs = inputs;
  }

  static async open(graph: BuiltGraph): Promise<GraphSession> {
    // One thread: a shard is the unit of parallelism, and sums then always have the same order.
    const session = await ort.InferenceSession.create(graph.model, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // A planned block for the whole run makes a session twice as large and no faster.
      enableMemPattern: false,
    });
    return new GraphSession(session, graph.inputs);
  }

  /** @param feeds every input of the graph, with as many floats as its shape holds */
  async run(feeds: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const [name, dims] of this.#inputs) {
      const data = feeds[name];
      if (data?.length !== elementCount(dims)) {
        throw new UndertoneError(
          'bad_parameter',
          `Expected ${elementCount(dims)} floats for ${name} [${dims.join(', ')}]; found ${data?.length ?? 'nothing'}.`,
        );
      }
      tensors[name] = new ort.Tensor('float32', data, dims);
    }
    const outputs = await this.#session.run(tensors);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]),
    );
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

/** Opens sessions when they are first needed and closes the least recently used one when there are too many. */
export class SessionCache {
  readonly #build: (size: GraphSize) => BuiltGraph;
  readonly #limit: number;
  /** Least recently used first. */
  readonly #sessions = new Map<string, Promise<GraphSession>>();

  constructor(build: (size: GraphSize) => BuiltGraph, limit: number) {
    this.#build = build;
    this.#limit = limit;
  }

  async run(
    size: GraphSize,
    feeds: Readonly<Record<string, Float32Array>>,
  ): Promise<Record<string, Float32Array>> {
    const session = await this.#open(size);
    return await session.run(feeds);
  }

  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).close();
  }

  async #open(size: GraphSize): Promise<GraphSession> {
    const key = `${size.rows}x${size.frames}x${size.views}`;
    const known = this.#sessions.get(key);
    const session = known ?? GraphSession.open(this.#build(size));
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > this.#limit && oldest !== undefined) {
      const dropped = this.#sessions.get(oldest)!;
      this.#sessions.delete(oldest);
      await (await dropped).close();
    }
    return await session;
  }
}
