/** What the telephone does to 16 kHz speech: 8 kHz, if wanted the 300 to 3400 Hz band, mu-law, back to 16 kHz. */
import { decodeG711, encodeG711 } from '@undertone/core';
import { resample, sampleRateHz } from './speed.ts';

export const telephoneRateHz = 8000;

/** @param isBandLimited whether an analogue line's 300 to 3400 Hz band is cut out as well */
export function throughTelephone(samples: Float32Array, isBandLimited: boolean): Float32Array {
  const whole = resample(samples, sampleRateHz, telephoneRateHz);
  const narrow = isBandLimited ? bandLimited(whole) : whole;
  const wide = resample(decodeG711(encodeG711(narrow, 'mulaw'), 'mulaw'), telephoneRateHz);
  return wide.length === samples.length ? wide : wide.slice(0, samples.length);
}

/** 300 to 3400 Hz of 8 kHz samples. */
export function bandLimited(samples: Float32Array): Float32Array {
  const out = samples.slice();
  for (const section of bandSections) filterInPlace(out, section);
  return out;
}

interface Biquad {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/** Butterworth sections of order 4 (two Q values), by the bilinear transform (Bristow-Johnson, "Audio EQ cookbook"). */
const bandSections: readonly Biquad[] = [
  ...[0.5412, 1.3066].map((q) => biquad('highpass', 300, q)),
  ...[0.5412, 1.3066].map((q) => biquad('lowpass', 3400, q)),
];

function biquad(kind: 'highpass' | 'lowpass', hz: number, q: number): Biquad {
  const w = (2 * Math.PI * hz) / telephoneRateHz;
  const alpha = Math.sin(w) / (2 * q);
  const cos = Math.cos(w);
  const a0 = 1 + alpha;
  const edge = kind === 'lowpass' ? (1 - cos) / 2 : (1 + cos) / 2;
  const middle = kind === 'lowpass' ? 1 - cos : -(1 + cos);
  return { b: [edge / a0, middle / a0, edge / a0], a: [(-2 * cos) / a0, (1 - alpha) / a0] };
}

function filterInPlace(samples: Float32Array, { b, a }: Biquad): void {
  let s1 = 0;
  let s2 = 0;
  for (let n = 0; n < samples.length; n++) {
    const x = samples[n]!;
    const y = b[0] * x + s1;
    s1 = b[1] * x - a[0] * y + s2;
    s2 = b[2] * x - a[1] * y;
    samples[n] = y;
  }
}
