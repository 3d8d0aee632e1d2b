/** Golden outputs of a network that has no training graph any more: what ONNX Runtime makes of the inputs of another file. */
import {
  type Golden,
  goldenSchema,
  type ModelRuntime,
  PoolSum,
  type StreamingGoldenCase,
  type WindowGoldenCase,
  type WindowRuntime,
} from '@undertone/core';

/** @param inputs golden file of a model with the same inputs */
export async function recordGolden(model: ModelRuntime, inputs: Golden): Promise<Golden> {
  const cases: Golden['cases'][number][] = [];
  for (const each of inputs.cases) {
    cases.push(
      'window' in each ? await recordWindow(model as WindowRuntime, each) : await recordStream(model, each),
    );
  }
  // What fits the head takes logits as inputs, whoever makes them: its outputs stay.
  return { ...inputs, schema: goldenSchema, cases };
}

async function recordWindow(model: WindowRuntime, { window }: WindowGoldenCase): Promise<WindowGoldenCase> {
  const judged = await model.judgeWindows(Float32Array.from(window), 1);
  const outputs = model.manifest.kind === 'frames' ? judged : judged.map(Math.exp);
  return { window, outputs: rounded(outputs) };
}

/** The whole recording in one call. */
async function recordStream(
  model: ModelRuntime,
  { frames, features }: StreamingGoldenCase,
): Promise<StreamingGoldenCase> {
  const { stateSize, valueSize } = model;
  const state = new Float32Array(stateSize);
  const out = await model.step({ batch: 1, frames, features: Float32Array.from(features), state });
  const pool = new PoolSum(valueSize);
  for (const [step, score] of out.attention.entries()) pool.addStep(out.values, step * valueSize, score);
  const logits = await model.head(pool.meanAndDeviation(), 1);
  return {
    frames,
    features,
    attention: rounded(out.attention),
    speech: rounded(out.speech),
    lastValues: rounded(out.values.subarray(-valueSize)),
    logits: rounded(logits),
  };
}

function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(7)));
}
