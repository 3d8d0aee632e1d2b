/**
 * The noise of places and machines, for models to be trained in: broadband noise of a random spectrum whose parts swell
 * and fade, and often the tones of something that turns. It resembles traffic, ventilation, crowds and machines without
 * being made as those that models are measured in (`everyday-noise.ts`).
 */
import type { Random } from '../data/random.ts';
import { sampleRateHz } from './speed.ts';

/** `length` samples; the level has no meaning. */
export function ambience(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  const isRumbling = random.chance(0.6);
  const parts = 1 + random.below(4);
  for (let i = 0; i < parts; i++) {
    const highHz = 60 * 2 ** random.between(isRumbling ? 0 : 2, isRumbling ? 5 : 7);
    const lowHz = random.chance(0.5) ? 20 : highHz * random.between(0.1, 0.8);
    addBand(out, lowHz, highHz, random.between(0.2, 1), swell(length, random), random);
  }
  if (random.chance(0.5)) addTurning(out, random.between(0.1, 1), swell(length, random), random);
  return out;
}

/** A smooth random level of each of the samples, in (0, 1]: steady as often as not. */
function swell(length: number, random: Random): (n: number) => number {
  if (random.chance(0.4)) return () => 1;
  const depthNepers = random.between(0.2, 3);
  const waves = [0, 1, 2].map(() => ({
    step: (2 * Math.PI * 10 ** random.between(-1, random.chance(0.3) ? 1 : 0)) / sampleRateHz,
    phase: random.between(0, 2 * Math.PI),
  }));
  // Of one value for each 10 ms, which is smooth enough.
  const levels = Float32Array.from({ length: Math.ceil(length / 160) }, (_, i) => {
    const sum = waves.reduce((total, { step, phase }) => total + Math.sin(phase + step * 160 * i), 0);
    return Math.exp((depthNepers * (sum - waves.length)) / (2 * waves.length));
  });
  return (n) => levels[Math.floor(n / 160)]!;
}

/** White noise between two corners, 6 or 12 dB an octave beyond them, of about the given root mean square. */
function addBand(
  out: Float32Array,
  lowHz: number,
  highHz: number,
  rms: number,
  level: (n: number) => number,
  random: Random,
): void {
  const share = (hz: number): number => 1 - Math.exp((-2 * Math.PI * Math.min(hz, 7000)) / sampleRateHz);
  const high = share(highHz);
  const low = share(lowHz);
  const isSteep = random.chance(0.5);
  const gain = rms * Math.sqrt((6 * (2 - high)) / high) * (isSteep ? Math.SQRT2 : 1);
  let first = 0;
  let second = 0;
  let slow = 0;
  for (let n = 0; n < out.length; n++) {
    first += high * (random.uniform() * 2 - 1 - first);
    second += high * (first - second);
    const passed = isSteep ? second : first;
    slow += low * (passed - slow);
    out[n] = out[n]! + gain * (passed - slow) * level(n);
  }
}

/** Harmonics, not all of them, of something that turns at a speed that drifts. */
function addTurning(out: Float32Array, rms: number, level: (n: number) => number, random: Random): void {
  const baseHz = 25 * 2 ** random.between(0, 4);
  const drift = random.between(0, 0.1);
  const driftStep = (2 * Math.PI * random.between(0.05, 0.8)) / sampleRateHz;
  const driftPhase = random.between(0, 2 * Math.PI);
  const fall = random.between(0.5, 2);
  const tones = Array.from({ length: 2 + random.below(12) }, (_, h) => ({
    multiple: h + 1,
    amplitude: random.between(0, 1) / (h + 1) ** fall,
    phase: random.between(0, 2 * Math.PI),
  })).filter(({ multiple }) => multiple * baseHz * (1 + drift) < 6000);
  const power = tones.reduce((sum, { amplitude }) => sum + amplitude * amplitude, 0);
  const gain = rms * Math.sqrt(2 / Math.max(power, 1e-6));
  let phase = 0;
  for (let n = 0; n < out.length; n++) {
    phase += (2 * Math.PI * baseHz * (1 + drift * Math.sin(driftPhase + driftStep * n))) / sampleRateHz;
    let sum = 0;
    for (const tone of tones) sum += tone.amplitude * Math.sin(tone.phase + tone.multiple * phase);
    out[n] = out[n]! + gain * sum * level(n);
  }
}
