/** What is done to the samples of a recording or a stream before the front end; part of the features' hash. */
import type { LoudnessConfig } from './loudness-normaliser.ts';
import type { SuppressorConfig } from './noise-suppressor.ts';

/**
 * Silence at the ends of a training recording. A live stream has no ends: there the speech head decides which frames are
 * pooled, and this part of the configuration only says how the training clips were cut.
 */
export interface TrimConfig {
  /** Frames further under the loud level than this are silence; dB, 10 to 80. */
  readonly belowLoudDb: number;
  /** What is kept of the silence at each end, 0 to 2000 ms. */
  readonly keepMs: number;
}

export const defaultTrimConfig: TrimConfig = { belowLoudDb: 30, keepMs: 100 };

/** Absent parts do nothing. The suppressor comes before the loudness. */
export interface PreprocessConfig {
  readonly suppressor?: SuppressorConfig;
  readonly loudness?: LoudnessConfig;
  readonly trimSilence?: TrimConfig;
}
