/** A model's speech detection over one recording, step by step. */
import type { ModelRuntime } from '@undertone/core';
import { FrameExtractor } from '../features/clip-features.ts';
import { modelInputs } from './model-inputs.ts';

export interface SpeechSteps {
  /** Logit of each step. */
  readonly logits: Float32Array;
  /** Sample of 16 kHz in the middle of what the step covers. */
  readonly centreSamples: readonly number[];
}

/** @param samples 16 kHz */
export async function speechLogits(model: ModelRuntime, samples: Float32Array): Promise<SpeechSteps> {
  const { stepFrames, stateSize } = model;
  const { hopSamples, windowSamples } = model.manifest.features;
  const raw = new FrameExtractor(model.manifest.features).rawFrames(samples);
  const { inputs, steps } = modelInputs(model, raw);
  const out = await model.step({
    batch: 1,
    frames: steps * stepFrames,
    features: inputs,
    state: new Float32Array(stateSize),
  });
  const half = ((stepFrames - 1) * hopSamples + windowSamples) / 2;
  return {
    logits: out.speech,
    centreSamples: Array.from({ length: steps }, (_, i) => i * stepFrames * hopSamples + half),
  };
}
