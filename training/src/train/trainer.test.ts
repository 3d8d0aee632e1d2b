import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamingModelLayout } from '../models/streaming-model.ts';
import { defaultOptimiser } from './optimiser.ts';
import type { TrainingProgress } from './progress-meter.ts';
import { train } from './trainer.ts';
import type { TrainingConfig } from './training-config.ts';

/**
 * A source for threads, in plain JavaScript: class 0 has energy in the low bands, class 1 in the high ones, and speech is
 * where there is energy. Rows of two lengths.
 */
const sourceModule = `
import { isMainThread } from 'node:worker_threads';
const views = 2, size = 19, buckets = [16, 24];
function generator(seed) {
  let state = seed >>> 0;
  return () => ((state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 32);
}
export async function createBatchSource(options) {
  if (options.failIn === (isMainThread ? 'main' : 'thread')) throw new Error('no corpus here');
  const shards = options.shards ?? 2, rows = 8 / shards;
  return {
    batchesPerEpoch: options.batches, views, shards, shardRows: rows, frameBuckets: buckets,
    batch(epoch, index, shard) {
      if (options.exit && index === 2) process.exit(3);
      const frames = buckets[(epoch + index) % 2], steps = frames / 4;
      const batch = {
        rows, frames,
        features: new Float32Array(rows * frames * size),
        poolMask: new Float32Array(rows * views * steps),
        targets: new Float32Array(rows * views * 2),
        speechTargets: new Float32Array(rows * steps),
        speechWeights: new Float32Array(rows * steps).fill(1),
      };
      for (let row = 0; row < rows; row++) {
        const random = generator(7919 * epoch + 104729 * index + 1299709 * (shard * rows + row) + 17);
        for (let i = 0; i < 10; i++) random();
        for (let i = 0; i < frames * size; i++) batch.features[row * frames * size + i] = 0.3 * (random() - 0.5);
        const label = random() < 0.5 ? 0 : 1;
        const start = Math.floor(random() * steps / 2);
        for (let t = 4 * start; t < frames; t++)
          for (let f = 0; f < 8; f++) batch.features[(row * frames + t) * size + 8 * label + f] += 1;
        for (let s = start; s < steps; s++) batch.speechTargets[row * steps + s] = 1;
        batch.poolMask.fill(-1e4, (row * views + 1) * steps + Math.ceil(steps / 2), (row * views + 2) * steps);
        batch.targets[(row * views) * 2 + label] = 1;
        batch.targets[(row * views + 1) * 2 + label] = 0.5;
      }
      return batch;
    },
  };
}
`;

let folder: string;
let config: TrainingConfig;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-trainer-'));
  const path = join(folder, 'source.mjs');
  await writeFile(path, sourceModule);
  config = {
    model: {
      inputSize: 19,
      bands: 16,
      channels: [4, 6],
      convFeatureSize: 12,
      pitchSize: 3,
      gruSize: 8,
      classes: 2,
      dropout: 0.1,
    },
    optimiser: { ...defaultOptimiser, learningRate: 0.02 },
    source: { module: pathToFileURL(path).href, options: { batches: 6 } },
    epochs: 3,
    seed: 5,
    speechLossWeight: 0.3,
  };
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('train', () => {
  it('learns a problem that can be learned', async () => {
    const losses: number[] = [];
    await train(
      { ...config, epochs: 8 },
      {
        onProgress: ({ step, steps, loss }) => {
          if (step === steps) losses.push(loss);
        },
      },
    );
    expect(losses).toHaveLength(8);
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(losses.at(-1)).toBeLessThan(0.3);
  });

  it('gives the same model in threads and in one thread, and another one for another seed', async () => {
    const serial = await train(config);
    const threaded = await train(config, { threads: true });
    expect(threaded.parameters).toEqual(serial.parameters);
    const other = await train({ ...config, seed: 6 });
    expect(other.parameters).not.toEqual(serial.parameters);
  });

  it('takes the gradient of the whole batch, whatever its shards', async () => {
    const first = async (shards: number): Promise<TrainingProgress> => {
      const steps: TrainingProgress[] = [];
      const options = { batches: 1, shards };
      const model = { ...config.model, dropout: 0 };
      const source = { ...config.source, options };
      await train({ ...config, model, source, epochs: 1 }, { onProgress: (p) => steps.push(p) });
      return steps[0]!;
    };
    const [one, two] = [await first(1), await first(2)];
    expect(two.gradientNorm).toBeCloseTo(one.gradientNorm, 5);
    expect(two.loss).toBeCloseTo(one.loss, 5);
    expect(two.speechLoss).toBeCloseTo(one.speechLoss, 5);
  });

  it('runs through one cycle of the learning rate, over all epochs', async () => {
    const rates: number[] = [];
    await train(config, { onProgress: ({ learningRate }) => rates.push(learningRate) });
    expect(rates.indexOf(Math.max(...rates))).toBe(5);
    expect(rates[0]).toBeCloseTo(0.02 / 25, 9);
    expect(rates.at(-1)).toBeCloseTo(0.02 / 1e4, 9);
  });

  it('ends with the same model when it is stopped within an epoch and resumed, in the even average too', async () => {
    const optimiser = { ...config.optimiser, averageShare: 0.5, averageRate: 0.25, averageDecay: 0.5 };
    const averaged = { ...config, optimiser };
    const uninterrupted = await train(averaged);
    expect(uninterrupted.parameters).not.toEqual((await train(config)).parameters);
    const checkpointPath = join(folder, 'stopped.ckpt');
    const controller = new AbortController();
    const steps: number[] = [];
    const stopped = await train(averaged, {
      checkpointPath,
      signal: controller.signal,
      onProgress: ({ epoch, step }) => {
        steps.push(step);
        if (epoch === 3 && step === 3) controller.abort();
      },
    });
    expect(stopped).toMatchObject({ finished: false, epochs: 2 });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3]);
    const first: TrainingProgress[] = [];
    const resumed = await train(averaged, { checkpointPath, resume: true, onProgress: (p) => first.push(p) });
    expect(first[0]).toMatchObject({ epoch: 3, step: 1 });
    expect(resumed.finished).toBe(true);
    expect(resumed.parameters).toEqual(uninterrupted.parameters);
  });

  it.each([
    ['within the epoch after', 'onProgress: ({ epoch, step }) => { if (epoch === 2 && step === 4) kill(); }'],
    ['while it is validated', 'onValidate: (_, epoch) => { if (epoch === 2) kill(); }'],
    ['in its last step', 'onProgress: ({ epoch, step }) => { if (epoch === 3 && step === 6) kill(); }'],
  ])('ends with the same model when its process is killed %s and it is resumed', async (when, callback) => {
    const checkpointPath = join(folder, `killed ${when}.ckpt`);
    const script = join(folder, 'run.mts');
    const trainer = new URL('./trainer.ts', import.meta.url).href;
    await writeFile(
      script,
      `import { train } from '${trainer}';
      train(${JSON.stringify(config)}, {
        checkpointPath: ${JSON.stringify(checkpointPath)},
        ${callback},
      });
      function kill() { process.kill(process.pid, 'SIGKILL'); }`,
    );
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
    const loader = new URL('./dist/loader.mjs', tsx).href;
    const child = spawn(process.execPath, ['--conditions=@undertone/source', '--import', loader, script]);
    const signal = await new Promise((resolve) => child.on('exit', (_code, how) => resolve(how)));
    expect(signal).toBe('SIGKILL');
    const resumed = await train(config, { checkpointPath, resume: true });
    expect(resumed.parameters).toEqual((await train(config)).parameters);
  });

  it('validates after the epochs asked for, with the averaged parameters', async () => {
    const epochs: number[] = [];
    let last: Float32Array | undefined;
    const result = await train(config, {
      validateEvery: 2,
      onValidate: (average, epoch) => {
        epochs.push(epoch);
        last = average;
      },
    });
    expect(epochs).toEqual([2, 3]);
    expect(last).toEqual(result.parameters);
  });

  it('stops when validation has not improved, with the best weights, and resumes to the same end', async () => {
    const scores = [0.3, 0.5, 0.4, 0.5, 0.9];
    const seen: { epoch: number; average: Float32Array }[] = [];
    const onValidate = (average: Float32Array, epoch: number): number => {
      seen.push({ epoch, average });
      return scores[epoch - 1]!;
    };
    const long = { ...config, epochs: 5, patience: 2 };
    const result = await train(long, { onValidate });
    expect(seen.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(result).toMatchObject({ finished: true, epochs: 2 });
    expect(result.parameters).toEqual(seen[1]!.average);

    const checkpointPath = join(folder, 'patient.ckpt');
    const controller = new AbortController();
    const stopped = await train(long, {
      checkpointPath,
      signal: controller.signal,
      onValidate: (average, epoch) => {
        if (epoch === 3) controller.abort();
        return onValidate(average, epoch);
      },
    });
    expect(stopped.finished).toBe(false);
    for (const validated of [[4], []]) {
      seen.length = 0;
      const resumed = await train(long, { checkpointPath, resume: true, onValidate });
      expect(resumed).toEqual(result);
      // The second time there is nothing left to do.
      expect(seen.map(({ epoch }) => epoch)).toEqual(validated);
    }
    await expect(train(long)).rejects.toThrow('expected a validation score');
  });

  it('leaves frozen parameters alone, and trains the others as if all were trained', async () => {
    const layout = streamingModelLayout(config.model);
    const frozen = ['conv1.kernel', 'conv1.bias', 'conv2.kernel', 'conv2.bias'];
    const start = (await train({ ...config, epochs: 1 })).parameters;
    const once = { ...config, epochs: 1, source: { ...config.source, options: { batches: 1 } } };
    const unclipped = { ...once, optimiser: { ...config.optimiser, clipNorm: 1e6 } };
    const part = await train({ ...unclipped, frozen }, { startFrom: start });
    const whole = await train(unclipped, { startFrom: start });
    for (const { name } of layout.specs) {
      const [before, after, free] = [start, part.parameters, whole.parameters].map((flat) =>
        layout.view(flat, name),
      );
      if (frozen.includes(name)) expect(after, name).toEqual(before);
      else expect(after, name).toEqual(free);
    }
  });

  it("refuses another run's checkpoint and a damaged one", async () => {
    const checkpointPath = join(folder, 'foreign.ckpt');
    await train({ ...config, epochs: 1 }, { checkpointPath });
    await expect(train(config, { checkpointPath, resume: true })).rejects.toMatchObject({
      code: 'bad_checkpoint',
    });
    const bytes = await readFile(checkpointPath);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(checkpointPath, bytes);
    await expect(train({ ...config, epochs: 1 }, { checkpointPath, resume: true })).rejects.toMatchObject({
      code: 'bad_checkpoint',
      message: expect.stringContaining('checksum'),
    });
    await writeFile(checkpointPath, bytes.subarray(0, 10));
    await expect(train(config, { checkpointPath, resume: true })).rejects.toMatchObject({
      code: 'bad_checkpoint',
    });
    await expect(
      train(config, { checkpointPath: join(folder, 'none.ckpt'), resume: true }),
    ).rejects.toMatchObject({ code: 'file_not_found' });
  });

  it('continues from given parameters', async () => {
    const base = await train(config);
    const tuned = await train({ ...config, epochs: 1 }, { startFrom: base.parameters });
    expect(tuned.parameters).not.toEqual(base.parameters);
    await expect(train(config, { startFrom: new Float32Array(3) })).rejects.toThrow('found 3');
  });

  it('names the field of a configuration that it refuses', async () => {
    await expect(train({ ...config, epochs: 0 })).rejects.toThrow('epochs');
    await expect(train({ ...config, optimiser: { ...config.optimiser, learningRate: 0 } })).rejects.toThrow(
      'learningRate',
    );
    await expect(train({ ...config, model: { ...config.model, bands: 18 } })).rejects.toThrow('bands');
  });

  it('stops with a sentence when the loss is no longer finite', async () => {
    const optimiser = { ...config.optimiser, learningRate: 1, clipNorm: 1e6 };
    const model = { ...config.model, dropout: 0 };
    const startFrom = (await train({ ...config, epochs: 1 })).parameters.fill(1e30);
    await expect(train({ ...config, model, optimiser }, { startFrom })).rejects.toThrow(
      /finite (loss|gradient)/,
    );
  });

  it('reports what the source throws, here or in a thread', async () => {
    for (const failIn of ['main', 'thread']) {
      const source = { ...config.source, options: { batches: 6, failIn } };
      await expect(train({ ...config, source }, { threads: true })).rejects.toThrow('no corpus here');
    }
  });

  it('reports a thread that ends, instead of waiting for it', async () => {
    const source = { ...config.source, options: { batches: 6, exit: true } };
    await expect(train({ ...config, source }, { threads: true })).rejects.toThrow('ended with code 3');
  });

  it('refuses a source without batches', async () => {
    const source = { ...config.source, options: { batches: 0 } };
    await expect(train({ ...config, source })).rejects.toThrow(
      'batchesPerEpoch of the source from 1; found 0',
    );
  });
});
