/**
 * Sounds that are not speech, on which a recogniser must say nothing. They are made here and not by the generator that
 * models are trained with, so that a model is not measured on its own lessons.
 */
import type { Random } from '../data/random.ts';
import { limitPeak, makeNoise } from '../preprocess/noise.ts';
import { sampleRateHz } from '../preprocess/speed.ts';

export const nonSpeechKinds = [
  'silence',
  'room tone',
  'white noise',
  'pink noise',
  'hum',
  'street',
  'fan',
  'tone',
  'ringing',
  'music',
] as const;
export type NonSpeechKind = (typeof nonSpeechKinds)[number];

/** `seconds` at 16 kHz, at a random level that such a sound may have. */
export function nonSpeechSound(kind: NonSpeechKind, seconds: number, random: Random): Float32Array {
  const length = Math.round(seconds * sampleRateHz);
  const level = (lowDb: number, highDb: number): number => 10 ** (random.between(lowDb, highDb) / 20);
  const noise = (of: Parameters<typeof makeNoise>[0]): Float32Array =>
    atRms(makeNoise(of, length, random), level(-50, -15));
  switch (kind) {
    case 'silence':
      return new Float32Array(length);
    case 'room tone':
      return atRms(makeNoise('pink', length, random), level(-85, -60));
    case 'white noise':
      return noise('white');
    case 'pink noise':
      return noise('pink');
    case 'hum':
    case 'street':
    case 'fan':
      return noise(kind);
    case 'tone':
      return atRms(steadyTone(length, random), level(-40, -12));
    case 'ringing':
      return atRms(ringing(length, random), level(-40, -12));
    case 'music':
      return atRms(music(length, random), level(-35, -12));
  }
}

function steadyTone(length: number, random: Random): Float32Array {
  const step = (2 * Math.PI * 200 * 10 ** random.uniform()) / sampleRateHz;
  return Float32Array.from({ length }, (_, n) => Math.sin(step * n));
}

/** 440 and 480 Hz, two seconds on and four off, as in North America; or 425 Hz, one on and four off, as in Europe. */
function ringing(length: number, random: Random): Float32Array {
  const [hz, onS, periodS] = random.chance(0.5) ? [[440, 480], 2, 6] : [[425], 1, 5];
  return Float32Array.from({ length }, (_, n) => {
    const t = n / sampleRateHz;
    return t % periodS < onS ? hz.reduce((sum, f) => sum + Math.sin(2 * Math.PI * f * t), 0) : 0;
  });
}

const majorScale = [0, 2, 4, 5, 7, 9, 11, 12];

/** A tune over a bass and a beat: plucked notes with harmonics, some with vibrato, and short bursts of noise. */
function music(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  const beat = Math.round(random.between(0.25, 0.6) * sampleRateHz);
  const rootHz = 110 * 2 ** (random.below(12) / 12);
  const vibrato = random.chance(0.5) ? 0.006 : 0;
  for (let at = 0, count = 0; at < length; at += beat, count++) {
    const note = rootHz * 2 ** (1 + random.pick(majorScale) / 12);
    addNote(out, at, beat * random.pick([1, 1, 2]), note, 0.5, vibrato);
    if (count % 2 === 0) addNote(out, at, 2 * beat, rootHz * 2 ** (random.pick([0, 5, 7]) / 12 - 1), 0.6, 0);
    addBurst(out, at, count % 2 === 0 ? 0.25 : 0.12, random);
  }
  return out;
}

function addNote(
  out: Float32Array,
  start: number,
  length: number,
  hz: number,
  level: number,
  vibrato: number,
): void {
  let phase = 0;
  for (let n = start; n < Math.min(out.length, start + length); n++) {
    const t = (n - start) / sampleRateHz;
    phase += (2 * Math.PI * hz * (1 + vibrato * Math.sin(2 * Math.PI * 5 * t))) / sampleRateHz;
    const envelope = level * Math.min(1, t / 0.01) * Math.exp(-2.5 * t);
    out[n] = out[n]! + envelope * (Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.25 * Math.sin(3 * phase));
  }
}

function addBurst(out: Float32Array, start: number, level: number, random: Random): void {
  for (let n = start; n < Math.min(out.length, start + 1600); n++) {
    out[n] = out[n]! + level * Math.exp(-(n - start) / 300) * (random.uniform() * 2 - 1);
  }
}

function atRms(samples: Float32Array, rms: number): Float32Array {
  let power = 0;
  for (const x of samples) power += x * x;
  const gain = rms / Math.sqrt(power / samples.length + 1e-20);
  return limitPeak(samples.map((x) => x * gain));
}
