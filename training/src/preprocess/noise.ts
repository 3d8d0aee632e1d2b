/** Background sounds at 16 kHz, and mixing at a signal-to-noise ratio. */
import type { Random } from '../data/random.ts';
import { ambience } from './ambience.ts';
import { fanNoise, streetNoise } from './everyday-noise.ts';
import { sampleRateHz } from './speed.ts';

export type NoiseKind = 'white' | 'pink' | 'hum' | 'babble' | 'street' | 'fan' | 'ambience';
/** Those of the variant `noise`; models are trained in babble and ambience more than in the others. */
export const noiseKinds: readonly NoiseKind[] = ['white', 'pink', 'hum', 'babble'];

/** `length` samples of stationary noise; its level has no meaning. */
export function makeNoise(kind: Exclude<NoiseKind, 'babble'>, length: number, random: Random): Float32Array {
  if (kind === 'white') return Float32Array.from({ length }, () => random.uniform() * 2 - 1);
  if (kind === 'street') return streetNoise(length, random);
  if (kind === 'fan') return fanNoise(length, random);
  if (kind === 'ambience') return ambience(length, random);
  return kind === 'pink' ? pinkNoise(length, random) : hum(length, random);
}

/** Power falls by 3 dB an octave (filter by Paul Kellet, "refined" version, within 0.05 dB above 9.2 Hz). */
function pinkNoise(length: number, random: Random): Float32Array {
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  const state = new Float64Array(6);
  let delayed = 0;
  return Float32Array.from({ length }, () => {
    const white = random.uniform() * 2 - 1;
    let sum = delayed + white * 0.5362;
    for (let i = 0; i < 6; i++) {
      state[i] = poles[i]! * state[i]! + gains[i]! * white;
      sum += state[i]!;
    }
    delayed = white * 0.115926;
    return sum;
  });
}

/** Mains hum: 50 or 60 Hz with falling harmonics of random phase, and a little white noise. */
function hum(length: number, random: Random): Float32Array {
  const baseHz = random.chance(0.5) ? 50 : 60;
  const out = new Float32Array(length);
  const harmonics = 6 + random.below(10);
  for (let h = 1; h <= harmonics; h++) {
    const amplitude = random.between(0.2, 1) / h;
    const phase = random.between(0, 2 * Math.PI);
    const step = (2 * Math.PI * baseHz * h) / sampleRateHz;
    for (let n = 0; n < length; n++) out[n] = out[n]! + amplitude * Math.sin(phase + step * n);
  }
  for (let n = 0; n < length; n++) out[n] = out[n]! + 0.05 * (random.uniform() * 2 - 1);
  return out;
}

/**
 * Adds `noise` (repeated if shorter) from sample `offset` on to a copy of `speech`, so that the power of the louder
 * half of the speech stands `snrDb` over the noise.
 */
export function mixAtSnr(speech: Float32Array, noise: Float32Array, snrDb: number, offset = 0): Float32Array {
  const noisePower = meanPower(noise, 0, noise.length);
  const scale = noisePower > 0 ? Math.sqrt(activePower(speech) / (noisePower * 10 ** (snrDb / 10))) : 0;
  const out = new Float32Array(speech.length);
  let at = offset % noise.length;
  for (let n = 0; n < out.length; n++) {
    out[n] = speech[n]! + scale * noise[at]!;
    if (++at === noise.length) at = 0;
  }
  return limitPeak(out);
}

/** Mean power of the louder half of the 20 ms blocks: pauses do not count. */
export function activePower(samples: Float32Array): number {
  const block = 320;
  const powers: number[] = [];
  for (let at = 0; at < samples.length; at += block) {
    powers.push(meanPower(samples, at, Math.min(samples.length, at + block)));
  }
  powers.sort((a, b) => b - a);
  const half = powers.slice(0, Math.ceil(powers.length / 2));
  return half.reduce((sum, power) => sum + power, 0) / half.length;
}

/** Scales down what would not fit into full scale, as a recording engineer would. */
export function limitPeak(samples: Float32Array): Float32Array {
  let peak = 0;
  for (let n = 0; n < samples.length; n++) {
    const magnitude = Math.abs(samples[n]!);
    if (magnitude > peak) peak = magnitude;
  }
  if (peak <= 1) return samples;
  return samples.map((x) => x / peak);
}

function meanPower(samples: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let n = start; n < end; n++) sum += samples[n]! * samples[n]!;
  return sum / Math.max(1, end - start);
}
