import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphSession } from '../train/graph-session.ts';
import { Predictor } from '../train/predictor.ts';
import { seededNormal, seededRandom } from '../train/seeded-random.ts';
import { initialParameters } from './initial-parameters.ts';
import { checkModelConfig, defaultModelConfig, type StreamingModelConfig } from './model-config.ts';
import { streamingModelLayout } from './streaming-model.ts';
import { trainingGraph } from './training-graph.ts';

const small: StreamingModelConfig = {
  inputSize: 19,
  bands: 16,
  channels: [4, 6, 8],
  convFeatureSize: 10,
  pitchSize: 3,
  gruSize: 8,
  classes: 3,
  dropout: 0.2,
};
const size = { rows: 3, frames: 16, views: 2 };

/** Parameters with biases that are not zero, so that a bias in the wrong place shows. */
function parametersOf(config: StreamingModelConfig): Float32Array {
  const normal = seededNormal(seededRandom(11));
  return initialParameters(config, 1).map((value) => value + 0.1 * normal());
}

function randomFeatures(rows: number, frames: number, config: StreamingModelConfig): Float32Array {
  return Float32Array.from({ length: rows * frames * config.inputSize }, seededNormal(seededRandom(12)));
}

describe('the training graph', () => {
  let session: GraphSession;
  let feeds: Record<string, Float32Array>;

  beforeAll(async () => {
    const built = trainingGraph(small, size);
    session = await GraphSession.open(built);
    const random = seededRandom(13);
    feeds = {};
    for (const [name, dims] of built.inputs) {
      feeds[name] = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, random);
    }
    feeds.parameters = parametersOf(small);
    feeds.features = randomFeatures(size.rows, size.frames, small);
    feeds.poolMask = feeds.poolMask!.map((x) => (x < 0.3 ? -1e4 : 0));
    feeds.classScale = Float32Array.of(1);
    feeds.speechScale = Float32Array.of(0.3);
  });

  afterAll(() => session.close());

  it('has the gradient of its loss, by central differences in each parameter', async () => {
    const { gradient } = await session.run(feeds);
    const layout = streamingModelLayout(small);
    const normal = seededNormal(seededRandom(14));
    const loss = async (parameters: Float32Array): Promise<number> =>
      (await session.run({ ...feeds, parameters })).loss![0]!;
    for (const { name } of layout.specs) {
      const part = layout.view(gradient!, name);
      const norm = Math.hypot(...part);
      // Along the gradient, where the difference is best told from rounding, turned a little at random.
      const direction = part.map((x) => x / norm + (0.3 * normal()) / Math.sqrt(part.length));
      const slope = part.reduce((sum, x, i) => sum + x * direction[i]!, 0);
      const at = async (step: number): Promise<number> => {
        const moved = Float32Array.from(feeds.parameters!);
        const view = layout.view(moved, name);
        for (let i = 0; i < view.length; i++) view[i]! += step * direction[i]!;
        return await loss(moved);
      };
      // Short before a rectifier, so that few change sides; elsewhere so long that the loss moves well above rounding.
      const beforeRectifier = /^(conv|bands|pitch)/.test(name);
      const step = beforeRectifier ? 4e-3 : Math.min(0.05, 0.02 / norm);
      const numeric =
        (8 * ((await at(step)) - (await at(-step))) - ((await at(2 * step)) - (await at(-2 * step)))) /
        (12 * step);
      const error = Math.abs(numeric - slope) / slope;
      if (process.env.SHOW_GRADIENT_ERRORS) process.stderr.write(`${error.toExponential(1)} ${name}\n`);
      // Kinks of the rectifiers within a step cost accuracy that smooth operations do not.
      expect(error, name).toBeLessThan(0.02);
    }
  });

  it('adds the two losses with their factors', async () => {
    const { loss } = await session.run(feeds);
    const double = await session.run({ ...feeds, speechScale: Float32Array.of(0.6) });
    expect(loss![0]).toBeCloseTo(loss![1]! + loss![2]!, 5);
    expect(double.loss![1]).toBeCloseTo(loss![1]!, 5);
    expect(double.loss![2]).toBeCloseTo(2 * loss![2]!, 4);
  });

  it('splits into shards whose gradients add up to that of the whole', async () => {
    const whole = await session.run(feeds);
    const sum = new Float32Array(whole.gradient!.length);
    for (const kept of [[0], [1, 2]]) {
      const blank = (name: string): Float32Array => {
        const perRow = feeds[name]!.length / size.rows;
        return feeds[name]!.map((x, i) => (kept.includes(Math.floor(i / perRow)) ? x : 0));
      };
      const part = await session.run({
        ...feeds,
        targets: blank('targets'),
        speechWeights: blank('speechWeights'),
      });
      for (let i = 0; i < sum.length; i++) sum[i]! += part.gradient![i]!;
    }
    for (let i = 0; i < sum.length; i++) expect(Math.abs(sum[i]! - whole.gradient![i]!)).toBeLessThan(2e-5);
  });
});

describe('the forward pass', () => {
  it('is causal: a step does not change with frames after it', async () => {
    const predictor = new Predictor(small);
    const parameters = parametersOf(small);
    const frames = 24;
    const features = randomFeatures(1, frames, small);
    const poolMask = new Float32Array(frames / 4);
    const before = await predictor.predict(parameters, { rows: 1, frames, features, poolMask });
    const later = features.map((x, i) => (i >= 12 * small.inputSize ? -x : x));
    const after = await predictor.predict(parameters, { rows: 1, frames, features: later, poolMask });
    expect(after.values.subarray(0, 3 * small.gruSize)).toEqual(before.values.subarray(0, 3 * small.gruSize));
    expect(after.values.subarray(3 * small.gruSize)).not.toEqual(before.values.subarray(3 * small.gruSize));
    await predictor.close();
  });

  it('uses the bands of the last frame of a step in that step', async () => {
    const predictor = new Predictor(small);
    const parameters = parametersOf(small);
    const features = randomFeatures(1, 8, small);
    const poolMask = new Float32Array(2);
    const before = await predictor.predict(parameters, { rows: 1, frames: 8, features, poolMask });
    const lastFrame = 3 * small.inputSize;
    const changed = features.map((x, i) => (i >= lastFrame && i < lastFrame + small.bands ? x + 1 : x));
    const after = await predictor.predict(parameters, { rows: 1, frames: 8, features: changed, poolMask });
    expect(after.values.subarray(0, small.gruSize)).not.toEqual(before.values.subarray(0, small.gruSize));
    await predictor.close();
  });

  it('gives a padded clip what the clip alone gives', async () => {
    const predictor = new Predictor(small);
    const parameters = parametersOf(small);
    const features = randomFeatures(1, 16, small);
    const alone = await predictor.predict(parameters, {
      rows: 1,
      frames: 16,
      features,
      poolMask: new Float32Array(4),
    });
    const padded = new Float32Array(24 * small.inputSize);
    padded.set(features);
    const poolMask = new Float32Array(6).fill(-1e4, 4);
    const longer = await predictor.predict(parameters, { rows: 1, frames: 24, features: padded, poolMask });
    for (const [i, logit] of alone.logits.entries()) expect(longer.logits[i]).toBeCloseTo(logit, 5);
    await predictor.close();
  });

  it('refuses lengths that do not fit', async () => {
    const predictor = new Predictor(small);
    const input = { rows: 1, frames: 10, features: new Float32Array(190), poolMask: new Float32Array(2) };
    await expect(predictor.predict(parametersOf(small), input)).rejects.toThrow('multiples of 4');
    await expect(
      predictor.predict(parametersOf(small), { ...input, frames: 8, features: new Float32Array(7) }),
    ).rejects.toThrow('Expected 152 features; found 7');
  });
});

describe('initialParameters', () => {
  it('are the same for the same seed, and differ for another', () => {
    expect(initialParameters(small, 1)).toEqual(initialParameters(small, 1));
    expect(initialParameters(small, 2)).not.toEqual(initialParameters(small, 1));
  });

  it('hold about 166,000 numbers in the default size, with zero biases', () => {
    const layout = streamingModelLayout(defaultModelConfig);
    const parameters = initialParameters(defaultModelConfig, 1);
    expect(parameters.length).toBe(166247);
    expect(layout.view(parameters, 'conv1.bias').every((x) => x === 0)).toBe(true);
    const decayed = layout.decayMask();
    expect(layout.view(decayed, 'conv1.bias').every((x) => x === 0)).toBe(true);
    expect(layout.view(decayed, 'conv1.kernel').every((x) => x === 1)).toBe(true);
  });

  it('make each gate of the recurrent matrix orthogonal', () => {
    const layout = streamingModelLayout(small);
    const matrix = layout.view(initialParameters(small, 3), 'gru.recurrent');
    const H = small.gruSize;
    for (let a = 0; a < 3 * H; a++) {
      for (let b = a; b < (Math.floor(a / H) + 1) * H; b++) {
        let product = 0;
        for (let i = 0; i < H; i++) product += matrix[i * 3 * H + a]! * matrix[i * 3 * H + b]!;
        expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
      }
    }
  });
});

describe('checkModelConfig', () => {
  it('names the field that does not fit', () => {
    const refused: readonly [Partial<StreamingModelConfig>, string][] = [
      [{ bands: 20, inputSize: 23 }, 'bands: expected a multiple of 8'],
      [{ inputSize: 18 }, 'inputSize: expected 19'],
      [{ channels: [4, 0] }, 'channels[1]'],
      [{ channels: [4] }, 'channels.length'],
      [{ gruSize: 1.5 }, 'gruSize'],
      [{ classes: 1 }, 'classes'],
      [{ dropout: 1 }, 'dropout'],
    ];
    for (const [change, words] of refused) {
      expect(() => checkModelConfig({ ...small, ...change })).toThrow(words);
    }
  });
});
