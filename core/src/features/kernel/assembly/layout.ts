// @ts-nocheck: AssemblyScript
// Everything that TypeScript fills in before, or reads after, the kernel runs. All blocks are static and 16-byte
// aligned; TypeScript takes their addresses from the module's exports, so that the layout has one definition.

export const WINDOW: i32 = 400;
export const HOP: i32 = 160;
export const MAX_BANDS: i32 = 128;
export const MAX_LAGS: i32 = 128;
/** Decimated samples per hop. */
export const BLOCK: i32 = 40;
export const MAX_CANDIDATES: i32 = 6;
/** New samples per call. */
export const MAX_SAMPLES: i32 = 4096;
export const MAX_FRAMES: i32 = 28;
/** Samples that one call leaves for the next; fewer than one window. */
export const TAIL: i32 = 400;

// Log-mel: configuration and tables.

/** [0] 1 / WINDOW or 0 to keep the offset, [1] pre-emphasis, [2] energy floor. */
export const logMelConstants: usize = memory.data(16, 16);
/** Window, halved because the transform yields twice the spectrum `[WINDOW]`. */
export const windowTable: usize = memory.data(1600, 16);
/** First pass, per 4 p: w^p, w^2p, w^3p, each cos then -sin, w = e^(-2 pi i / 256) `[16][6][4]`. */
export const twiddles256: usize = memory.data(1536, 16);
/** Second and third pass, per p: the same six numbers for n = 64 `[16][8]`, then n = 16 `[4][8]`. */
export const twiddles64: usize = memory.data(640, 16);
/** e^(-2 pi i k / 512), k = 1 ... 128: per 4 k cos then -sin `[32][2][4]`. */
export const splitTwiddles: usize = memory.data(1024, 16);
/** Per 4 bands: vectors per band, then byte offsets of their first bins in the power spectrum `[32][8]` i32. */
export const melRuns: usize = memory.data(1024, 16);
/** Weights in the order in which they are used: per group, per vector, per band 4 bins. */
export const melWeights: usize = memory.data(16384, 16);

// Pitch: configuration and tables.

/** See `writePitchTables` in pitch-constants.ts for the order. */
export const pitchConstants: usize = memory.data(128, 16);
/** Low-pass filter `[32]`. */
export const lowPassTable: usize = memory.data(128, 16);
/** log2 of the lag, in decimated samples, at each point of the refined correlation, then its slope `[2][2 MAX_LAGS]`. */
export const logLagTable: usize = memory.data(2048, 16);

// Per call. TypeScript copies the state of a stream in and out in one piece that ends with the tail.

const stream: usize = memory.data(20704, 16);
/**
 * What the pitch tracker knows of the past: the last HISTORY decimated samples, the high-pass filter [4], the
 * tracker [16]. The two latest blocks of [2 lags + 4] lie directly before it, their room used from its end.
 */
export const pitchState: usize = stream + 2080;
export const HISTORY: i32 = 136;
export const highPassState: usize = pitchState + 544;
export const trackState: usize = highPassState + 16;
/** The tail of the last call and the new samples `[TAIL + MAX_SAMPLES]`. A first frame may read one vector before. */
export const input: usize = trackState + 80;
/** Raw frames `[MAX_FRAMES, bands + 2]`, with room for the padding of the last group of bands. */
export const output: usize = memory.data(14592, 16);
