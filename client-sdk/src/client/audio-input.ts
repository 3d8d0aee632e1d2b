/** Where live audio comes from: what `Recognizer.listen` takes, and what microphones and media elements are. */
import type { Encoding, GapMessage } from '@undertone/proto';
import type { AudioChunk } from './emotion-source.ts';

export interface AudioFormat {
  readonly encoding: Encoding;
  readonly sampleRateHz: number;
  /** 1 or 2, interleaved. */
  readonly channels: number;
}

/** Why audio is missing, as the protocol's `Gap` message has it; `client` is what never got captured. */
export type GapReason = GapMessage['reason'];

/** Audio that was never captured: the device changed, the context was suspended, the microphone was muted. */
export interface AudioGap {
  /** Whole samples per channel, at the rate of the input. */
  readonly lostSamples: number;
  readonly reason: GapReason;
}

export interface AudioInput extends AsyncIterable<AudioChunk | AudioGap> {
  readonly format: AudioFormat;
  /**
   * What was asked of and granted by the device: `echoCancellation`, `autoGainControl`, `noiseSuppression`,
   * `deviceKind`. Goes into the stream's metadata as `capture.NAME`.
   */
  readonly settings: Readonly<Record<string, string>>;
  /** Releases the device. Idempotent. Iteration ends after what was captured. */
  stop(): Promise<void>;
}
