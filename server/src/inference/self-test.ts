/**
 * Runs the model on the inputs of `golden.json` before the server listens: what comes out here must be what came out
 * of the training graph. Finds a runtime or a processor that computes something else, which no hash can.
 */
import { type ModelRuntime, PoolSum, type StepResult, UndertoneError } from '@undertone/core';

interface GoldenCase {
  readonly frames: number;
  readonly features: readonly number[];
  readonly attention: readonly number[];
  readonly speech: readonly number[];
  readonly lastValues: readonly number[];
  readonly logits: readonly number[];
}

interface Golden {
  readonly tolerance: number;
  readonly cases: readonly GoldenCase[];
}

const schema = 'undertone.golden/1';

/** @throws UndertoneError `bad_manifest` for a file of another shape, `model_mismatch` for other outputs */
export async function selfTest(model: ModelRuntime, json: unknown): Promise<void> {
  const { tolerance, cases } = validateGolden(json, model);
  for (const [i, golden] of cases.entries()) {
    const found = await run(model, golden);
    for (const name of ['attention', 'speech', 'lastValues', 'logits'] as const) {
      const difference = largestDifference(golden[name], found[name]);
      // Written so that a NaN fails, too.
      if (difference <= tolerance) continue;
      const expected = `${name} of golden case ${i} to within ${tolerance}`;
      throw new UndertoneError(
        'model_mismatch',
        `Expected ${expected}; found a difference of ${difference}.`,
      );
    }
  }
}

type Outputs = Pick<GoldenCase, 'attention' | 'speech' | 'lastValues' | 'logits'>;

/** One step at a time, as a stream does it. */
async function run(model: ModelRuntime, golden: GoldenCase): Promise<Outputs> {
  const { inputSize, stateSize, stepFrames, valueSize } = model.manifest;
  const features = Float32Array.from(golden.features);
  const pool = new PoolSum(valueSize);
  const attention: number[] = [];
  const speech: number[] = [];
  let state = new Float32Array(stateSize);
  let last: StepResult | null = null;
  for (let frame = 0; frame < golden.frames; frame += stepFrames) {
    last = await model.step({
      batch: 1,
      frames: stepFrames,
      features: features.slice(frame * inputSize, (frame + stepFrames) * inputSize),
      state,
    });
    state = Float32Array.from(last.state);
    attention.push(last.attention[0]!);
    speech.push(last.speech[0]!);
    pool.addStep(last.values, 0, last.attention[0]!);
  }
  const logits = await model.head(pool.meanAndDeviation(), 1);
  return { attention, speech, lastValues: [...(last?.values ?? [])], logits: [...logits] };
}

function largestDifference(expected: readonly number[], found: readonly number[]): number {
  let largest = expected.length === found.length ? 0 : Number.NaN;
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs(value - (found[i] ?? Number.NaN));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

function validateGolden(json: unknown, model: ModelRuntime): Golden {
  const { inputSize, stepFrames, labels } = model.manifest;
  const golden = json as Partial<Golden & { schema: string }> | null;
  if (golden?.schema !== schema || typeof golden.tolerance !== 'number' || !Array.isArray(golden.cases)) {
    refuse(`schema ${schema} with a tolerance and cases`, JSON.stringify(golden?.schema ?? null));
  }
  for (const [i, entry] of (golden as Golden).cases.entries()) {
    const { frames, features, logits, attention, speech, lastValues } = entry;
    if (![features, logits, attention, speech, lastValues].every(Array.isArray)) {
      refuse(
        `case ${i} to have features, attention, speech, lastValues and logits`,
        Object.keys(entry).join(', '),
      );
    }
    const steps = frames / stepFrames;
    if (!(steps >= 1) || !Number.isInteger(steps))
      refuse(`case ${i} to have whole steps`, `${frames} frames`);
    if (features.length !== frames * inputSize) {
      refuse(`case ${i} to have ${frames * inputSize} features`, String(features.length));
    }
    if (logits.length !== labels.length)
      refuse(`case ${i} to have ${labels.length} logits`, String(logits.length));
  }
  return golden as Golden;
}

function refuse(expected: string, found: string): never {
  throw new UndertoneError('bad_manifest', `Expected golden.json: ${expected}; found ${found}.`);
}
