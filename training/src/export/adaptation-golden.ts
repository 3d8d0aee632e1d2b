/**
 * Golden outputs of `adapt.onnx`: its formulas once more by hand, in double precision, sharing nothing with the graph. And the
 * check of a file against them.
 */
import {
  type AdaptationGolden,
  addCorrection,
  correctionSize,
  type HeadState,
  type HeadTrainer,
  UndertoneError,
} from '@undertone/core';
import { seededNormal, seededRandom } from '../train/seeded-random.ts';

const rows = 4;
const steps = 6;
const settings = { rate: 0.1, momentum: 0.9, decay: 0.05 };

/** @param valueSize K */
export function adaptationGolden(valueSize: number, classes: number, seed = 1): AdaptationGolden {
  const normal = seededNormal(seededRandom(seed, 7));
  const size = 2 * valueSize;
  // Multiples of 1/64 are short in JSON and exact in float32.
  const draw = (count: number): number[] =>
    Array.from({ length: count }, () => Math.round(normal() * 32) / 64);
  const pooled = draw(rows * size);
  const logits = draw(rows * classes);
  const targets = Array.from({ length: rows * classes }, (_, i) =>
    i % classes === Math.floor(i / classes) % classes ? 0.25 : 0.0625,
  );
  const weights = new Float64Array((size + 1) * classes);
  const velocity = new Float64Array(weights.length);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const adapted = adaptedLogits(pooled, logits, weights, classes);
    const gradient = new Float64Array(weights.length);
    let loss = 0;
    for (let n = 0; n < rows; n++) {
      const row = adapted.slice(n * classes, (n + 1) * classes);
      const target = targets.slice(n * classes, (n + 1) * classes);
      const weight = target.reduce((sum, x) => sum + x, 0);
      const normaliser = row.reduce((sum, x) => sum + Math.exp(x), 0);
      for (let c = 0; c < classes; c++) {
        const probability = Math.exp(row[c]!) / normaliser;
        loss -= target[c]! * Math.log(probability);
        const error = weight * probability - target[c]!;
        for (let i = 0; i < size; i++) gradient[i * classes + c]! += error * pooled[n * size + i]!;
        gradient[size * classes + c]! += error;
      }
    }
    losses.push(loss);
    for (let i = 0; i < weights.length; i++) {
      velocity[i] = settings.momentum * velocity[i]! + gradient[i]! + settings.decay * weights[i]!;
      weights[i]! -= settings.rate * velocity[i]!;
    }
  }
  return {
    rows,
    pooled,
    logits,
    targets,
    ...settings,
    losses: losses.map(rounded),
    adaptedLogits: adaptedLogits(pooled, logits, weights, classes).map(rounded),
  };
}

/**
 * @returns the largest absolute differences
 * @throws UndertoneError `bad_manifest` for golden outputs of another shape, `model_mismatch` for other results
 */
export async function checkAdaptation(
  trainer: HeadTrainer,
  golden: AdaptationGolden | undefined,
  tolerance: number,
): Promise<Readonly<Record<'adaptationLoss' | 'adaptedLogits', number>>> {
  const { valueSize, labels } = trainer.manifest;
  const found = golden && [golden.pooled, golden.logits, golden.targets, golden.losses, golden.adaptedLogits];
  const of = (golden?.rows ?? 0) * labels.length;
  const sizes = [(golden?.rows ?? 0) * 2 * valueSize, of, of, golden?.losses?.length, of];
  if (!golden || of === 0 || !found?.every((list, i) => Array.isArray(list) && list.length === sizes[i])) {
    throw new UndertoneError(
      'bad_manifest',
      'Expected golden.json to have steps of the adaptation ("adaptation") that fit the model; found others or none.',
    );
  }
  const size = correctionSize(trainer);
  const pooled = Float32Array.from(golden.pooled);
  const batch = {
    rows: golden.rows,
    pooled,
    logits: Float32Array.from(golden.logits),
    targets: Float32Array.from(golden.targets),
  };
  let state: HeadState = { weights: new Float32Array(size), velocity: new Float32Array(size) };
  let adaptationLoss = 0;
  for (const expected of golden.losses) {
    const out = await trainer.step(batch, state, golden);
    adaptationLoss = larger(adaptationLoss, expected, out.loss);
    state = out.state;
  }
  const logits = batch.logits.slice();
  addCorrection(state.weights, pooled, logits, golden.rows);
  let adapted = 0;
  for (const [i, expected] of golden.adaptedLogits.entries()) adapted = larger(adapted, expected, logits[i]!);
  for (const [name, difference] of Object.entries({ adaptationLoss, adaptedLogits: adapted })) {
    // Written so that a NaN fails, too.
    if (difference <= tolerance) continue;
    throw new UndertoneError(
      'model_mismatch',
      `Expected ${name} of the golden steps to within ${tolerance}; found a difference of ${difference}.`,
    );
  }
  return { adaptationLoss, adaptedLogits: adapted };
}

/** NaN when there was one. */
function larger(largest: number, expected: number, found: number): number {
  return Math.max(largest, Math.abs(expected - found));
}

function adaptedLogits(
  pooled: readonly number[],
  logits: readonly number[],
  weights: Float64Array,
  classes: number,
): number[] {
  const size = pooled.length / rows;
  return logits.map((logit, at) => {
    const [n, c] = [Math.floor(at / classes), at % classes];
    let sum = logit + weights[size * classes + c]!;
    for (let i = 0; i < size; i++) sum += pooled[n * size + i]! * weights[i * classes + c]!;
    return sum;
  });
}

const rounded = (value: number): number => Number(value.toPrecision(7));
