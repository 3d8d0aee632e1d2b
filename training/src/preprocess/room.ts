/**
 * Rooms, made up: a direct sound, early reflections, and a tail of noise that decays exponentially, by 60 dB in the
 * reverberation time (the statistical model of Polack 1988; early part after Allen and Berkley 1979 in spirit only, as
 * the delays are drawn and not computed from walls).
 */
import { RealFft } from '@undertone/core';
import type { Random } from '../data/random.ts';
import { limitPeak } from './noise.ts';
import { sampleRateHz } from './speed.ts';

export interface RoomSpec {
  /** Time in which the tail falls by 60 dB, seconds; uniform in this range. */
  readonly lowRt60S: number;
  readonly highRt60S: number;
  /** Energy of the direct sound over that of everything later, dB; uniform in this range. */
  readonly lowDirectDb: number;
  readonly highDirectDb: number;
}

const earlyReflections = 8;
const earlyFromMs = 2;
const tailFromMs = 20;
const fftSize = 32768;

/** The response of a room, its first sample the direct sound with 1. */
export function roomResponse(spec: RoomSpec, random: Random): Float32Array {
  const rt60S = random.between(spec.lowRt60S, spec.highRt60S);
  const directDb = random.between(spec.lowDirectDb, spec.highDirectDb);
  const response = new Float32Array(Math.min(fftSize / 2, Math.ceil(rt60S * sampleRateHz)));
  const decay = (n: number): number => 10 ** ((-3 * n) / (rt60S * sampleRateHz));
  const tailFrom = Math.round((tailFromMs / 1000) * sampleRateHz);
  for (let n = tailFrom; n < response.length; n++) response[n] = random.normal() * decay(n);
  for (let i = 0; i < earlyReflections; i++) {
    const n = Math.round((random.between(earlyFromMs, 2 * tailFromMs) / 1000) * sampleRateHz);
    // A wall reflects a few times the energy of what the diffuse tail holds at one sample.
    if (n < response.length) response[n]! += (random.chance(0.5) ? 1 : -1) * random.between(2, 8) * decay(n);
  }
  let later = 0;
  for (const value of response) later += value * value;
  const scale = later > 0 ? Math.sqrt(10 ** (-directDb / 10) / later) : 0;
  for (let n = 0; n < response.length; n++) response[n]! *= scale;
  response[0] = 1;
  return response;
}

/** The speech as heard in the room: as long as it was, at the level of the direct sound, within full scale. */
export function inRoom(samples: Float32Array, response: Float32Array): Float32Array {
  const fft = new RealFft(fftSize);
  const spectrum = (): { re: Float64Array; im: Float64Array } => ({
    re: new Float64Array(fft.bins),
    im: new Float64Array(fft.bins),
  });
  const room = spectrum();
  fft.forward(response, room.re, room.im);
  const block = fftSize - response.length + 1;
  const part = spectrum();
  const piece = new Float64Array(fftSize);
  const out = new Float32Array(samples.length);
  for (let at = 0; at < samples.length; at += block) {
    fft.forward(samples.subarray(at, at + block), part.re, part.im);
    for (let k = 0; k < fft.bins; k++) {
      const re = part.re[k]! * room.re[k]! - part.im[k]! * room.im[k]!;
      part.im[k] = part.re[k]! * room.im[k]! + part.im[k]! * room.re[k]!;
      part.re[k] = re;
    }
    fft.inverse(part.re, part.im, piece);
    const end = Math.min(samples.length, at + fftSize);
    for (let n = at; n < end; n++) out[n]! += piece[n - at]!;
  }
  return limitPeak(out);
}
