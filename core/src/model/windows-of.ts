/** All windows of a recording, for training: cut by the code that cuts them live. */
import { inputsOf } from './inputs-of.ts';
import type { FramesManifest, FunctionalsManifest } from './manifest.ts';
import { leastSpeechShare, windowAttention } from './window-weight.ts';
import { createWindows } from './windows.ts';

/** The part of a manifest that decides about windows. */
export type WindowsConfig =
  | Pick<FramesManifest, 'kind' | 'features' | 'normalisation' | 'windowFrames' | 'hopFrames' | 'inputSize'>
  | Pick<FunctionalsManifest, 'kind' | 'features' | 'windowFrames' | 'hopFrames' | 'inputSize'>;

export interface CutWindows {
  /** One per whole hop of the recording, in order; the first ones reach back before its start. */
  readonly count: number;
  /** Shape of one window: `[T, F]` or `[D]`. */
  readonly windowDims: readonly number[];
  /** `[count, ...windowDims]`: what the network takes. */
  readonly windows: Float32Array;
  /** `[count]`: mean speech probability over the window. */
  readonly speechShare: Float32Array;
  /** `[count]`: attention score with which the window is pooled live (natural logarithm of a weight). */
  readonly attention: Float32Array;
  /** `[count]`: whether the window is judged live; others hold next to no speech. */
  readonly judged: readonly boolean[];
}

/**
 * @param raw `[frames, bands + 2]`, all raw frames of a recording, as a stream from its start
 * @throws UndertoneError `bad_parameter` for features that cannot be computed
 */
export function windowsOf(config: WindowsConfig, raw: Float32Array): CutWindows {
  const cutter = createWindows(config);
  const rows = inputsOf(config, raw);
  const stepSize = cutter.stepFrames * cutter.inputSize;
  const count = Math.floor(rows.length / stepSize);
  const size = cutter.windowDims.reduce((product, each) => product * each, 1);
  const windows = new Float32Array(count * size);
  const speechShare = new Float32Array(count);
  const state = new Float32Array(cutter.stateSize);
  for (let i = 0; i < count; i++) {
    const step = cutter.step(rows.subarray(i * stepSize, (i + 1) * stepSize), state);
    windows.set(step.window, i * size);
    speechShare[i] = step.speechShare;
  }
  return {
    count,
    windowDims: cutter.windowDims,
    windows,
    speechShare,
    attention: speechShare.map(windowAttention),
    judged: Array.from(speechShare, (share) => share >= leastSpeechShare),
  };
}
