/** Sounds that are not speech, so that the recogniser learns to keep silent: silence, noise, hum, tones, chords. */
import type { Random } from '../data/random.ts';
import { limitPeak, makeNoise } from './noise.ts';
import { sampleRateHz } from './speed.ts';

const kinds = ['silence', 'white', 'pink', 'hum', 'tone', 'chords', 'clicks'] as const;

/** `seconds` of one of the kinds at a random level between -75 and -10 dBFS (silence: -100 to -60, or digital zero). */
export function makeNonSpeech(seconds: number, random: Random): Float32Array {
  const length = Math.round(seconds * sampleRateHz);
  const kind = random.pick(kinds);
  const level = (lowDb: number, highDb: number): number => 10 ** (random.between(lowDb, highDb) / 20);
  if (kind === 'silence') {
    if (random.chance(0.25)) return new Float32Array(length);
    return atRms(makeNoise(random.chance(0.5) ? 'white' : 'pink', length, random), level(-100, -60));
  }
  if (kind === 'white' || kind === 'pink' || kind === 'hum') {
    return atRms(makeNoise(kind, length, random), level(-75, -15));
  }
  const sound =
    kind === 'tone'
      ? tone(length, random)
      : kind === 'chords'
        ? chords(length, random)
        : clicks(length, random);
  const background = atRms(makeNoise('pink', length, random), level(-95, -60));
  const out = atRms(sound, level(-50, -10));
  for (let n = 0; n < length; n++) out[n] = out[n]! + background[n]!;
  return limitPeak(out);
}

function atRms(samples: Float32Array, rms: number): Float32Array {
  let power = 0;
  for (const x of samples) power += x * x;
  const gain = rms / Math.sqrt(power / samples.length + 1e-20);
  return limitPeak(samples.map((x) => x * gain));
}

/** Line tones: one or two steady frequencies, often keyed on and off as dial, ring and busy tones are. */
function tone(length: number, random: Random): Float32Array {
  const hz = [random.between(100, 2500), random.between(100, 2500)].slice(0, 1 + random.below(2));
  const periodS = random.between(0.3, 3);
  const duty = random.chance(0.3) ? 1 : random.between(0.2, 0.8);
  return Float32Array.from({ length }, (_, n) => {
    const t = n / sampleRateHz;
    if ((t / periodS) % 1 > duty) return 0;
    return hz.reduce((sum, f) => sum + Math.sin(2 * Math.PI * f * t), 0);
  });
}

/** Music on hold: decaying chords of harmonic tones on the beat. */
function chords(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  const beat = Math.round(random.between(0.2, 0.8) * sampleRateHz);
  const decayS = random.between(0.15, 1);
  for (let start = 0; start < length; start += beat) {
    const rootHz = 110 * 2 ** (random.below(24) / 12);
    for (const semitones of [0, random.chance(0.5) ? 3 : 4, 7].slice(0, 1 + random.below(3))) {
      addNote(out, start, rootHz * 2 ** (semitones / 12), decayS);
    }
  }
  return out;
}

function addNote(out: Float32Array, start: number, hz: number, decayS: number): void {
  const end = Math.min(out.length, start + Math.round(3 * decayS * sampleRateHz));
  for (let harmonic = 1; harmonic <= 4 && hz * harmonic < 7500; harmonic++) {
    const step = (2 * Math.PI * hz * harmonic) / sampleRateHz;
    for (let n = start; n < end; n++) {
      const t = (n - start) / sampleRateHz;
      out[n] = out[n]! + (Math.exp(-t / decayS) * Math.sin(step * (n - start))) / harmonic ** 1.5;
    }
  }
}

/** Knocks and key strokes: short bursts of noise. */
function clicks(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  for (let at = 0; at < length; at += Math.round(random.between(0.05, 1) * sampleRateHz)) {
    const decay = random.between(0.001, 0.02) * sampleRateHz;
    const end = Math.min(length, at + Math.round(5 * decay));
    for (let n = at; n < end; n++)
      out[n] = out[n]! + Math.exp(-(n - at) / decay) * (random.uniform() * 2 - 1);
  }
  return out;
}
