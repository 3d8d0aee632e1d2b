/**
 * ITU-T G.711 companding (Recommendation G.711 (11/88), tables 1a to 2b), on the 16-bit scale: the 14-bit values
 * of mu-law times 4, the 13-bit values of A-law times 8.
 */

export type Companding = 'mulaw' | 'alaw';

/** Offset that makes the mu-law segments powers of two: 33 on the 14-bit scale. */
const muLawBias = 33 * 4;
/** Largest magnitude whose sum with the bias still fits 15 bits. */
const muLawClip = 32767 - muLawBias;

/** One 8-bit mu-law code as a 16-bit sample in [-32124, 32124]. Both zeros give 0. */
function muLawToSample(code: number): number {
  // All bits travel inverted, so that silence is a stream of ones (G.711, 3.2.2).
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + muLawBias) << ((bits & 0x70) >> 4)) - muLawBias;
  return bits & 0x80 ? -magnitude : magnitude;
}

/** One 8-bit A-law code as a 16-bit sample in [-32256, 32256]; there is no zero, the smallest are -8 and 8. */
function aLawToSample(code: number): number {
  // Even bits travel inverted (G.711, table 1a, note 2).
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

/** 16-bit sample of every mu-law code `[256]`. */
export const muLawSamples: Int16Array = Int16Array.from({ length: 256 }, (_, code) => muLawToSample(code));

/** 16-bit sample of every A-law code `[256]`. */
export const aLawSamples: Int16Array = Int16Array.from({ length: 256 }, (_, code) => aLawToSample(code));

// Both encoders are symmetric about -1/2, as the ITU's reference code is (G.191): -1 is the first negative value,
// as 0 is the first positive one. This decides only which neighbour an exact decision value gets.

/** Mu-law code of a 16-bit sample (an integer; larger magnitudes are clipped). */
export function toMuLaw(sample16: number): number {
  const negative = sample16 < 0;
  const biased = Math.min(negative ? -sample16 - 1 : sample16, muLawClip) + muLawBias;
  // The leading one of `biased` lies between bit 7 (segment 0) and bit 14 (segment 7).
  const segment = 24 - Math.clz32(biased);
  const mantissa = (biased >> (segment + 3)) & 0x0f;
  return ~((negative ? 0x80 : 0) | (segment << 4) | mantissa) & 0xff;
}

/** A-law code of a 16-bit sample (an integer; larger magnitudes are clipped). */
export function toALaw(sample16: number): number {
  const negative = sample16 < 0;
  const magnitude = Math.min(negative ? -sample16 - 1 : sample16, 32767);
  const segment = magnitude < 0x100 ? 0 : 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (segment === 0 ? 4 : segment + 3)) & 0x0f;
  return ((negative ? 0 : 0x80) | (segment << 4) | mantissa) ^ 0x55;
}

/** Codes of samples in [-1, 1] (full scale 32768, rounded, clipped). */
export function encodeG711(samples: Float32Array, companding: Companding): Uint8Array<ArrayBuffer> {
  const encode = companding === 'mulaw' ? toMuLaw : toALaw;
  const codes = new Uint8Array(samples.length);
  for (let n = 0; n < samples.length; n++) {
    codes[n] = encode(Math.max(-32768, Math.min(32767, Math.round(samples[n]! * 32768))));
  }
  return codes;
}

/** Samples in (-1, 1) of G.711 codes: the 16-bit value / 32768. */
export function decodeG711(codes: Uint8Array, companding: Companding): Float32Array<ArrayBuffer> {
  const table = companding === 'mulaw' ? muLawSamples : aLawSamples;
  const samples = new Float32Array(codes.length);
  for (let n = 0; n < codes.length; n++) samples[n] = table[codes[n]!]! / 32768;
  return samples;
}
