/**
 * How fast the engine trains: time of a whole step (forward, backward, AdamW) on one thread and on two, beside what the
 * machine does in a plain matrix product between these steps.
 */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { Graph } from '../../autodiff/graph.ts';
import { encodeModel } from '../../autodiff/onnx-writer.ts';
import { GraphSession } from '../graph-session.ts';
import { AdamW, defaultOptimiser, initialState } from '../optimiser.ts';
import { seededNormal, seededRandom } from '../seeded-random.ts';
import { startWorker } from '../start-worker.ts';
import { benchmarkNetwork, type NetworkName } from './networks.ts';
import { BenchmarkPart } from './part.ts';
import type { PartWorkerData } from './part-worker.ts';

export interface BenchmarkResult {
  readonly network: NetworkName;
  readonly threads: number;
  /** Median over the rounds; on a machine that does nothing else, what a step takes. */
  readonly msPerStep: number;
  readonly fastestMsPerStep: number;
  /** Processor time of all threads: nearly untouched by what else the machine does. */
  readonly cpuMsPerStep: number;
  /** Useful arithmetic over the median time. */
  readonly gflops: number;
  /** Of a matrix product of 512 by 512 by 512 on one thread, measured between the steps. */
  readonly machineGflops: number;
  /** Useful arithmetic over processor time, as a share of the matrix product's. */
  readonly efficiency: number;
  /** Largest resident memory of the process so far. */
  readonly peakRssMiB: number;
}

interface Stepper {
  step(): Promise<void>;
  close(): Promise<void>;
}

const productSize = 512;
const productsPerRound = 8;

/** @param rounds of `stepsPerRound` steps each, between matrix products; the first is not counted */
export async function benchmarkTraining(
  network: NetworkName,
  threads: 1 | 2,
  rounds: number,
  stepsPerRound: number,
): Promise<BenchmarkResult> {
  const { flops } = benchmarkNetwork(network);
  const product = await MatrixProduct.open();
  const stepper = await openStepper(network, threads);
  const steps: { ms: number; cpuMs: number }[] = [];
  const products: { ms: number; cpuMs: number }[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      const productTime = await timed(productsPerRound, () => product.run());
      const stepTime = await timed(stepsPerRound, () => stepper.step());
      if (round === 0) continue;
      products.push(productTime);
      steps.push(stepTime);
    }
  } finally {
    await stepper.close();
    await product.close();
  }
  const productGflops = (2 * productSize ** 3) / 1e6;
  const ms = steps.map((time) => time.ms);
  const cpuMs = median(steps.map((time) => time.cpuMs));
  const productCpuMs = median(products.map((time) => time.cpuMs));
  const gigaFlops = flops / 1e6;
  return {
    network,
    threads,
    msPerStep: round(median(ms)),
    fastestMsPerStep: round(Math.min(...ms)),
    cpuMsPerStep: round(cpuMs),
    gflops: round(gigaFlops / median(ms)),
    machineGflops: round(productGflops / median(products.map((time) => time.ms))),
    efficiency: round(gigaFlops / cpuMs / (productGflops / productCpuMs)),
    peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

async function openStepper(network: NetworkName, threads: 1 | 2): Promise<Stepper> {
  const { layout, rows } = benchmarkNetwork(network);
  const shared = (): SharedArrayBuffer => new SharedArrayBuffer(4 * layout.size);
  const parameters = new Float32Array(shared());
  const normal = seededNormal(seededRandom(1));
  for (let i = 0; i < parameters.length; i++) parameters[i] = 0.05 * normal();
  const optimiser = new AdamW(initialState(parameters), defaultOptimiser, layout.decayMask());
  if (threads === 1) {
    const part = await BenchmarkPart.open(network, rows, 1);
    const gradient = new Float32Array(layout.size);
    return {
      step: async () => {
        await part.gradient(parameters, gradient);
        optimiser.update(gradient, 1e-3);
      },
      close: () => part.close(),
    };
  }
  const gradients = Array.from({ length: threads }, shared);
  const workers: Worker[] = [];
  for (const [i, gradient] of gradients.entries()) {
    const buffer = parameters.buffer as SharedArrayBuffer;
    const data: PartWorkerData = { network, rows: rows / threads, seed: i, parameters: buffer, gradient };
    const worker = startWorker('./benchmark/part-worker', data);
    await once(worker, 'message');
    workers.push(worker);
  }
  const [sum, other] = gradients.map((gradient) => new Float32Array(gradient)) as [
    Float32Array,
    Float32Array,
  ];
  return {
    step: async () => {
      const done = workers.map((worker) => once(worker, 'message'));
      for (const worker of workers) worker.postMessage('step');
      await Promise.all(done);
      for (let i = 0; i < sum.length; i++) sum[i]! += other[i]!;
      optimiser.update(sum, 1e-3);
    },
    close: async () => {
      for (const worker of workers) await worker.terminate();
    },
  };
}

class MatrixProduct {
  readonly #session: GraphSession;
  readonly #feeds: Readonly<Record<string, Float32Array>>;

  private constructor(session: GraphSession, feeds: Readonly<Record<string, Float32Array>>) {
    this.#session = session;
    this.#feeds = feeds;
  }

  static async open(): Promise<MatrixProduct> {
    const g = new Graph();
    const dims = [productSize, productSize];
    const [a, b] = [g.input('a', dims), g.input('b', dims)];
    const model = encodeModel(g.spec('product', { product: g.emit('MatMul', [a, b], dims) }));
    const normal = seededNormal(seededRandom(2));
    const matrix = (): Float32Array => Float32Array.from({ length: productSize ** 2 }, normal);
    return new MatrixProduct(await GraphSession.open({ model, inputs: g.inputs }), {
      a: matrix(),
      b: matrix(),
    });
  }

  async run(): Promise<void> {
    await this.#session.run(this.#feeds);
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}

async function timed(times: number, run: () => Promise<void>): Promise<{ ms: number; cpuMs: number }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < times; i++) await run();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: (performance.now() - start) / times, cpuMs: (user + system) / 1000 / times };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
