/**
 * Runs a model on the inputs of its `golden.json`: what comes out here must be what came out of the trainer. Finds a
 * runtime or a processor that computes something else, which no hash can.
 */
import { UndertoneError } from '../errors.ts';
import { PoolSum } from '../stream/pool-sum.ts';
import { type Golden, goldenSchema, type StreamingGoldenCase, type WindowGoldenCase } from './golden.ts';
import type { ModelRuntime, StepResult } from './model-runtime.ts';
import type { WindowRuntime } from './window-model.ts';

/** Largest absolute difference of each kind of output over all cases, by name. */
export type GoldenDifferences = Readonly<Record<string, number>>;

type Outputs = Readonly<Record<string, ArrayLike<number>>>;

/**
 * @param json parsed `golden.json`
 * @returns the largest differences, all within the file's tolerance
 * @throws UndertoneError `bad_manifest` for a file of another shape, `model_mismatch` for other outputs
 */
export async function selfTest(model: ModelRuntime, json: unknown): Promise<GoldenDifferences> {
  const golden = json as Partial<Golden> | null;
  const { tolerance, cases } = golden ?? {};
  if (golden?.schema !== goldenSchema || typeof tolerance !== 'number' || !Array.isArray(cases)) {
    refuse(`schema ${goldenSchema} with a tolerance and cases`, JSON.stringify(golden?.schema ?? null));
  }
  if (cases.length === 0) refuse('at least one case', 'none');
  const largest: Record<string, number> = {};
  for (const [i, each] of cases.entries()) {
    const { expected, found } = isWindowRuntime(model)
      ? await runWindow(model, each as WindowGoldenCase, i)
      : await runStream(model, each as StreamingGoldenCase, i);
    for (const [name, values] of Object.entries(expected)) {
      const difference = largestDifference(values, found[name]!);
      // Written so that a NaN fails, too.
      if (!(difference <= tolerance)) {
        const what = `${name} of golden case ${i} to within ${tolerance}`;
        throw new UndertoneError('model_mismatch', `Expected ${what}; found a difference of ${difference}.`);
      }
      largest[name] = Math.max(largest[name] ?? 0, difference);
    }
  }
  return largest;
}

interface Compared {
  readonly expected: Outputs;
  readonly found: Outputs;
}

function isWindowRuntime(model: ModelRuntime): model is WindowRuntime {
  return model.manifest.kind !== 'streaming';
}

async function runWindow(model: WindowRuntime, golden: WindowGoldenCase, i: number): Promise<Compared> {
  expectLists(golden, ['window', 'outputs'], i);
  const { window, outputs } = golden;
  const size = model.windowDims.reduce((product, each) => product * each, 1);
  if (window.length !== size) refuse(`case ${i} to have a window of ${size} values`, String(window.length));
  const judged = await model.judgeWindows(Float32Array.from(window), 1);
  if (model.manifest.kind === 'frames') return { expected: { logits: outputs }, found: { logits: judged } };
  // Logarithms have a floor, so probabilities are compared.
  return { expected: { probabilities: outputs }, found: { probabilities: judged.map(Math.exp) } };
}

/** One step at a time, as a stream does it. */
async function runStream(model: ModelRuntime, golden: StreamingGoldenCase, i: number): Promise<Compared> {
  expectLists(golden, ['features', 'attention', 'speech', 'lastValues', 'logits'], i);
  const { inputSize, stateSize, stepFrames, valueSize } = model;
  const steps = golden.frames / stepFrames;
  if (!(steps >= 1) || !Number.isInteger(steps)) {
    refuse(`case ${i} to have whole steps`, `${golden.frames} frames`);
  }
  const size = golden.frames * inputSize;
  if (golden.features.length !== size)
    refuse(`case ${i} to have ${size} features`, String(golden.features.length));
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
  const { attention: a, speech: s, lastValues, logits: l } = golden;
  return {
    expected: { attention: a, speech: s, lastValues, logits: l },
    found: { attention, speech, lastValues: last!.values, logits },
  };
}

function largestDifference(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  let largest = expected.length === found.length ? 0 : Number.NaN;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(expected[i]! - (found[i] ?? Number.NaN));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

function expectLists(golden: object | null, names: readonly string[], i: number): void {
  const values = (golden ?? {}) as Readonly<Record<string, unknown>>;
  if (names.every((name) => Array.isArray(values[name]))) return;
  refuse(`case ${i} to have ${names.join(', ')}`, Object.keys(values).join(', ') || JSON.stringify(golden));
}

function refuse(expected: string, found: string): never {
  throw new UndertoneError('bad_manifest', `Expected golden.json: ${expected}; found ${found}.`);
}
