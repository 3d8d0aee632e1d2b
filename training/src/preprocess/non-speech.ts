/**
 * Sounds that are not speech, so that the recogniser learns to keep silent: silence, noise, hum, places and machines, tones,
 * telephone signals, bells, music, knocks; some as a telephone brings them.
 */
import type { Random } from '../data/random.ts';
import { ambience } from './ambience.ts';
import { alarm, bell, dialledKeys, progressTone } from './line-sounds.ts';
import { music } from './music.ts';
import { limitPeak, makeNoise } from './noise.ts';
import { sampleRateHz } from './speed.ts';
import { throughTelephone } from './telephone.ts';

const steady = ['white', 'pink', 'hum', 'ambience'] as const;
type Sound = (length: number, random: Random) => Float32Array;
/** Drawn evenly; music and signals are many sounds each, so that they are there more than once. */
const sounds: readonly Sound[] = [
  tone,
  progressTone,
  progressTone,
  progressTone,
  dialledKeys,
  bell,
  bell,
  alarm,
  music,
  music,
  music,
  music,
  music,
  music,
  clicks,
  clicks,
];
const telephoneShare = 0.3;

/** `seconds` of one of the kinds at a random level between -75 and -10 dBFS (silence: -100 to -60, or digital zero). */
export function makeNonSpeech(seconds: number, random: Random): Float32Array {
  const length = Math.round(seconds * sampleRateHz);
  const level = (lowDb: number, highDb: number): number => 10 ** (random.between(lowDb, highDb) / 20);
  const choice = random.uniform();
  if (choice < 0.08) {
    if (random.chance(0.25)) return new Float32Array(length);
    return atRms(makeNoise(random.chance(0.5) ? 'white' : 'pink', length, random), level(-100, -60));
  }
  if (choice < 0.3) {
    const kind = random.pick(steady);
    const noise = kind === 'ambience' ? ambience(length, random) : makeNoise(kind, length, random);
    return heard(atRms(noise, level(-75, -15)), random);
  }
  const background = atRms(makeNoise('pink', length, random), level(-95, -60));
  const out = atRms(random.pick(sounds)(length, random), level(-50, -10));
  for (let n = 0; n < length; n++) out[n] = out[n]! + background[n]!;
  return heard(limitPeak(out), random);
}

function heard(sound: Float32Array, random: Random): Float32Array {
  if (!random.chance(telephoneShare)) return sound;
  return throughTelephone(sound, random.chance(0.5));
}

function atRms(samples: Float32Array, rms: number): Float32Array {
  let power = 0;
  for (const x of samples) power += x * x;
  const gain = rms / Math.sqrt(power / samples.length + 1e-20);
  return limitPeak(samples.map((x) => x * gain));
}

/** One or two steady frequencies, often keyed on and off. */
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

/** Knocks and key strokes: short bursts of noise. */
function clicks(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  const fastestS = random.between(0.05, 0.3);
  const slowestS = fastestS + random.between(0.02, 1);
  for (let at = 0; at < length; at += Math.round(random.between(fastestS, slowestS) * sampleRateHz)) {
    const decay = random.between(0.001, 0.02) * sampleRateHz;
    const loud = random.between(0.2, 1);
    const end = Math.min(length, at + Math.round(5 * decay));
    for (let n = at; n < end; n++)
      out[n] = out[n]! + loud * Math.exp(-(n - at) / decay) * (random.uniform() * 2 - 1);
  }
  return out;
}
