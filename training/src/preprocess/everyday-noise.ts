/** Noise that people speak in, made and not recorded: a street and a fan. Models are measured in it, not trained in it. */
import type { Random } from '../data/random.ts';
import { sampleRateHz } from './speed.ts';

/**
 * Traffic: low rumble that never stops, and passing vehicles, each a swell of tyre noise whose spectrum falls from 500 to
 * 1500 Hz on, with an engine's harmonics sinking in pitch as it passes.
 */
export function streetNoise(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  addFiltered(out, random, 120, () => 0.5);
  const seconds = length / sampleRateHz;
  const vehicles = Math.max(2, Math.round(seconds * random.between(0.4, 0.8)));
  for (let i = 0; i < vehicles; i++) {
    const atS = random.between(-0.5, seconds + 0.5);
    const widthS = random.between(0.4, 1.5);
    const level = random.between(0.4, 1);
    const near = (t: number): number => level / (1 + ((t - atS) / widthS) ** 2);
    addFiltered(out, random, random.between(500, 1500), near);
    addEngine(out, random.between(35, 90), random, near, (t) => 1 + 0.04 * Math.tanh((atS - t) / widthS));
  }
  return out;
}

/** A fan: steady air noise around a few hundred hertz, and the tones of its blades, beating slowly. */
export function fanNoise(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  addFiltered(out, random, random.between(300, 900), () => 1);
  const bladesHz = random.between(70, 240);
  const beatHz = random.between(0.3, 1.5);
  const depth = random.between(0.05, 0.25);
  addEngine(
    out,
    bladesHz,
    random,
    (t) => 0.25 * (1 + depth * Math.sin(2 * Math.PI * beatHz * t)),
    () => 1,
  );
  return out;
}

/** White noise through two poles at `cornerHz`: 12 dB an octave above it; about 1 rms, times `level` of the second. */
function addFiltered(
  out: Float32Array,
  random: Random,
  cornerHz: number,
  level: (t: number) => number,
): void {
  const pole = Math.exp((-2 * Math.PI * cornerHz) / sampleRateHz);
  const gain = Math.sqrt(12 / (1 - pole));
  let first = 0;
  let second = 0;
  for (let n = 0; n < out.length; n++) {
    first += (1 - pole) * (random.uniform() * 2 - 1 - first);
    second += (1 - pole) * (first - second);
    out[n] = out[n]! + gain * second * level(n / sampleRateHz);
  }
}

/** Harmonics of a tone whose pitch is `baseHz` times `factor` of the second. */
function addEngine(
  out: Float32Array,
  baseHz: number,
  random: Random,
  level: (t: number) => number,
  factor: (t: number) => number,
): void {
  const amplitudes = Array.from({ length: 8 }, (_, h) => random.between(0.3, 1) / (h + 1));
  let phase = random.between(0, 2 * Math.PI);
  for (let n = 0; n < out.length; n++) {
    const t = n / sampleRateHz;
    phase += (2 * Math.PI * baseHz * factor(t)) / sampleRateHz;
    // sin((h + 1) phase) = 2 cos(phase) sin(h phase) - sin((h - 1) phase)
    const twice = 2 * Math.cos(phase);
    let before = 0;
    let sine = Math.sin(phase);
    let sum = 0;
    for (let h = 0; h < amplitudes.length; h++) {
      sum += amplitudes[h]! * sine;
      [before, sine] = [sine, twice * sine - before];
    }
    out[n] = out[n]! + 0.5 * level(t) * sum;
  }
}
