/** What telephones say before anybody speaks, and other signals: ringing, dial and busy tones, keys, bells, alarms. */
import type { Random } from '../data/random.ts';
import { sampleRateHz } from './speed.ts';

/** Frequencies, and seconds on and off in turn. */
interface Cadence {
  readonly hz: readonly number[];
  readonly seconds: readonly number[];
}

/** Call progress tones of some countries (ITU-T E.180, supplement 2). */
const cadences: readonly Cadence[] = [
  { hz: [440, 480], seconds: [2, 4] },
  { hz: [425], seconds: [1, 4] },
  { hz: [400, 450], seconds: [0.4, 0.2, 0.4, 2] },
  { hz: [440], seconds: [1.5, 3.5] },
  { hz: [400], seconds: [1, 2] },
  { hz: [450], seconds: [1, 4] },
  { hz: [350, 440], seconds: [30, 0] },
  { hz: [425], seconds: [30, 0] },
  { hz: [480, 620], seconds: [0.5, 0.5] },
  { hz: [425], seconds: [0.25, 0.25] },
  { hz: [400], seconds: [0.375, 0.375] },
];

const keyRowsHz = [697, 770, 852, 941];
const keyColumnsHz = [1209, 1336, 1477, 1633];

/** A call progress tone from a random moment of its cadence, its frequencies off by up to a tenth. */
export function progressTone(length: number, random: Random): Float32Array {
  const { hz, seconds } = random.pick(cadences);
  const detune = random.between(0.9, 1.1);
  const stretch = random.between(0.7, 1.3);
  const periodS = stretch * seconds.reduce((sum, s) => sum + s, 0);
  const startS = random.between(0, periodS);
  return Float32Array.from({ length }, (_, n) => {
    const t = n / sampleRateHz;
    let left = ((t + startS) % periodS) / stretch;
    let part = 0;
    while (part < seconds.length - 1 && left >= seconds[part]!) left -= seconds[part++]!;
    if (part % 2 === 1) return 0;
    return hz.reduce((sum, f) => sum + Math.sin(2 * Math.PI * f * detune * t), 0);
  });
}

/** Somebody dials. */
export function dialledKeys(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  for (let at = random.below(8000); at < length; ) {
    const pair = [random.pick(keyRowsHz), random.pick(keyColumnsHz)];
    const end = Math.min(length, at + Math.round(random.between(0.05, 0.3) * sampleRateHz));
    for (let n = at; n < end; n++) {
      out[n] = pair.reduce((sum, f) => sum + Math.sin((2 * Math.PI * f * n) / sampleRateHz), 0);
    }
    at = end + Math.round(random.between(0.05, 0.6) * sampleRateHz);
  }
  return out;
}

/** A bell struck again and again, as of a door or an old telephone: partials that are no harmonics, decaying. */
export function bell(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  const baseHz = random.between(250, 1800);
  const partials = [1, 2, 2.4, 3, 4.5, 5.3, 6.6].map((ratio) => ({
    hz: baseHz * ratio * random.between(0.95, 1.05),
    amplitude: random.between(0.1, 1) / ratio ** 0.5,
    decayS: random.between(0.1, 1.2) / ratio ** 0.5,
  }));
  const strikeS = random.chance(0.5) ? random.between(0.04, 0.12) : random.between(0.5, 2);
  const isRinging = random.chance(0.6);
  let on = true;
  for (let at = 0, count = 0; at < length; at += Math.round(strikeS * sampleRateHz), count++) {
    if (strikeS < 0.2 && isRinging && count % 20 === 19) on = !on;
    if (!on) continue;
    for (const { hz, amplitude, decayS } of partials) {
      if (hz > 7500) continue;
      const end = Math.min(length, at + Math.round(3 * decayS * sampleRateHz));
      const step = (2 * Math.PI * hz) / sampleRateHz;
      for (let n = at; n < end; n++) {
        const t = (n - at) / sampleRateHz;
        out[n] = out[n]! + amplitude * Math.exp(-t / decayS) * Math.sin(step * (n - at));
      }
    }
  }
  return out;
}

/** Two or more pitches in turn, or one that sweeps: electronic ringing, sirens, alarms. */
export function alarm(length: number, random: Random): Float32Array {
  const lowHz = random.between(300, 1500);
  const highHz = lowHz * random.between(1.05, 2.5);
  const turnsPerS = 10 ** random.between(-0.5, 1.3);
  const isSwept = random.chance(0.5);
  const overtone = random.between(0, 0.7);
  const gapS = random.chance(0.5) ? random.between(0.5, 4) : 0;
  const onS = random.between(0.5, 3);
  let phase = 0;
  return Float32Array.from({ length }, (_, n) => {
    const t = n / sampleRateHz;
    const turn = Math.sin(2 * Math.PI * turnsPerS * t);
    const share = isSwept ? 0.5 + 0.5 * turn : Number(turn > 0);
    phase += (2 * Math.PI * (lowHz + share * (highHz - lowHz))) / sampleRateHz;
    if (t % (onS + gapS) >= onS) return 0;
    return Math.sin(phase) + overtone * Math.sin(3 * phase);
  });
}
