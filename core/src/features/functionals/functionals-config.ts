/**
 * Which statistics of which descriptors describe a window (the input of models of the kind `functionals`). All
 * descriptors follow from raw frames (log-mel, F0, voicing), so that nothing is measured twice.
 */
export interface FunctionalsConfig {
  /** MFCC c0, c1, ...: orthonormal DCT-II of the log-mel bands; 1 to 40 and at most the bands. */
  readonly coefficients: number;
  /** Whether changes over 50 ms of level, MFCC and F0 are described too. */
  readonly deltas: boolean;
  /** Shares in (0, 1), ascending, at most 9. */
  readonly percentiles: readonly number[];
  /** Whether the level (and c0) is that of the samples or relative to the running loud level: then gain changes nothing. */
  readonly level: 'absolute' | 'relative';
  /** Frames further than this under the running loud level count for pauses only; dB, 10 to 80. */
  readonly gateDb: number;
}

export const defaultFunctionalsConfig: FunctionalsConfig = {
  coefficients: 13,
  deltas: true,
  percentiles: [0.1, 0.5, 0.9],
  level: 'absolute',
  gateDb: 30,
};
