/** A part of a benchmark's batch with made-up rows: its gradient, in whichever thread this runs. */
import { elementCount } from '../../autodiff/shape.ts';
import { GraphSession } from '../graph-session.ts';
import { seededNormal, seededRandom } from '../seeded-random.ts';
import { benchmarkNetwork, type NetworkName } from './networks.ts';

export class BenchmarkPart {
  readonly #session: GraphSession;
  readonly #feeds: Record<string, Float32Array>;

  private constructor(session: GraphSession, feeds: Record<string, Float32Array>) {
    this.#session = session;
    this.#feeds = feeds;
  }

  static async open(name: NetworkName, rows: number, seed: number): Promise<BenchmarkPart> {
    const graph = benchmarkNetwork(name).graph(rows);
    const normal = seededNormal(seededRandom(seed));
    const targets = new Float32Array(elementCount(graph.inputs.get('targets')!));
    const classes = targets.length / rows;
    for (let row = 0; row < rows; row++) targets[row * classes + (row % classes)] = 1;
    const features = Float32Array.from({ length: elementCount(graph.inputs.get('features')!) }, normal);
    return new BenchmarkPart(await GraphSession.open(graph), { features, targets });
  }

  async gradient(parameters: Float32Array, into: Float32Array): Promise<number> {
    const out = await this.#session.run({ ...this.#feeds, parameters: Float32Array.from(parameters) });
    into.set(out.gradient!);
    return out.loss![0]!;
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}
