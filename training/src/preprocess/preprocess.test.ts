import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeWav } from '../../../test/support/synthetic-corpus.ts';
import type { Clip } from '../data/clip.ts';
import { Random } from '../data/random.ts';
import { Babble } from './babble.ts';
import { activePower, makeNoise, mixAtSnr } from './noise.ts';
import { makeNonSpeech } from './non-speech.ts';
import { changeSpeed } from './speed.ts';
import { throughTelephone } from './telephone.ts';
import { degrade } from './variant.ts';

const rateHz = 16000;

function tone(hz: number, seconds = 1, amplitude = 0.3): Float32Array {
  return Float32Array.from(
    { length: seconds * rateHz },
    (_, n) => amplitude * Math.sin((2 * Math.PI * hz * n) / rateHz),
  );
}

/** Power at one frequency by projection on sine and cosine, in dB relative to full scale. */
function levelAtDb(samples: Float32Array, hz: number): number {
  let sine = 0;
  let cosine = 0;
  for (const [n, x] of samples.entries()) {
    sine += x * Math.sin((2 * Math.PI * hz * n) / rateHz);
    cosine += x * Math.cos((2 * Math.PI * hz * n) / rateHz);
  }
  return 20 * Math.log10((2 * Math.hypot(sine, cosine)) / samples.length + 1e-12);
}

const power = (samples: Float32Array): number => samples.reduce((sum, x) => sum + x * x, 0) / samples.length;

describe('changeSpeed', () => {
  it('raises pitch and shortens by the factor', () => {
    const fast = changeSpeed(tone(1000), 1.1);
    expect(fast.length).toBe(Math.ceil(rateHz / 1.1));
    expect(levelAtDb(fast, 1100)).toBeGreaterThan(-11);
    expect(levelAtDb(fast, 1000)).toBeLessThan(-40);
  });
});

describe('throughTelephone', () => {
  it('keeps what a line carries and its length', () => {
    const out = throughTelephone(tone(1000), false);
    expect(out.length).toBe(rateHz);
    expect(Math.abs(levelAtDb(out, 1000) - levelAtDb(tone(1000), 1000))).toBeLessThan(0.3);
  });

  it('removes what lies above 4 kHz', () => {
    expect(power(throughTelephone(tone(5000), false))).toBeLessThan(1e-6);
  });

  it('cuts out 300 to 3400 Hz if asked', () => {
    const level = (hz: number, banded: boolean): number => levelAtDb(throughTelephone(tone(hz), banded), hz);
    expect(level(150, false) - level(150, true)).toBeGreaterThan(20);
    expect(level(3800, false) - level(3800, true)).toBeGreaterThan(5);
    expect(Math.abs(level(1000, false) - level(1000, true))).toBeLessThan(0.5);
  });
});

describe('noise', () => {
  it('is mixed at the ratio that was asked for', () => {
    const speech = tone(500, 2, 0.1);
    for (const kind of ['white', 'pink', 'hum'] as const) {
      const mixed = mixAtSnr(speech, makeNoise(kind, speech.length, new Random(kind)), 10);
      const added = mixed.map((x, n) => x - speech[n]!);
      expect(10 * Math.log10(activePower(speech) / power(added))).toBeCloseTo(10, 1);
    }
  });

  it('never exceeds full scale', () => {
    const mixed = mixAtSnr(tone(500, 1, 0.99), makeNoise('white', rateHz, new Random(1)), 0);
    expect(mixed.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0)).toBeLessThanOrEqual(1);
  });

  it('is pink when its power falls by 3 dB an octave', () => {
    const pink = makeNoise('pink', 16 * rateHz, new Random(2));
    const bandDb = (hz: number): number => {
      let sum = 0;
      for (let f = hz * 0.9; f < hz * 1.1; f += hz / 200) sum += 10 ** (levelAtDb(pink, f) / 10);
      return 10 * Math.log10(sum);
    };
    expect((bandDb(250) - bandDb(4000)) / 4).toBeGreaterThan(2.3);
    expect((bandDb(250) - bandDb(4000)) / 4).toBeLessThan(3.7);
  });
});

describe('Babble', () => {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-babble-'));
  const clips: Clip[] = [400, 700, 1100, 1900, 2300, 3100].map((hz, i) => ({
    path: join(folder, `${hz}.wav`),
    speaker: `s${i}`,
    label: 'sad',
    corpus: 'c',
  }));
  beforeAll(() => {
    for (const [i, hz] of [400, 700, 1100, 1900, 2300, 3100].entries())
      writeWav(clips[i]!.path, tone(hz, 0.5));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('never holds the voice of the speaker it is for', async () => {
    const babble = await Babble.make(clips, 1);
    for (const [i, hz] of [400, 700, 1100, 1900, 2300, 3100].entries()) {
      for (let draw = 0; draw < 8; draw++) {
        const track = babble.trackFor(`s${i}`, new Random(draw));
        // Other voices leave some power there where a clip begins and ends.
        expect(levelAtDb(track, hz) - 10 * Math.log10(power(track))).toBeLessThan(-15);
      }
    }
    const own = [...Array(20).keys()].map((draw) => levelAtDb(babble.trackFor('s1', new Random(draw)), 400));
    expect(Math.max(...own)).toBeGreaterThan(-12);
  });
});

describe('degrade', () => {
  it('clips what a gain lifts over full scale, as a stream does', () => {
    const loud = degrade(tone(500, 1, 0.9), { name: 'g', gainDb: 12 }, 's', null, new Random(1));
    expect(Math.max(...loud)).toBe(1);
  });

  it('leaves the clean variant as it is', () => {
    const speech = tone(500);
    expect(degrade(speech, { name: 'clean' }, 's', null, new Random(1))).toBe(speech);
  });
});

describe('makeNonSpeech', () => {
  it('makes sounds of all levels within full scale, the same for the same seed', () => {
    const levels = Array.from({ length: 60 }, (_, i) => {
      const sound = makeNonSpeech(1, new Random(i));
      expect(sound.length).toBe(rateHz);
      expect(sound.every((x) => Number.isFinite(x) && Math.abs(x) <= 1)).toBe(true);
      return 10 * Math.log10(power(sound) + 1e-20);
    });
    expect(Math.min(...levels)).toBeLessThan(-90);
    expect(Math.max(...levels)).toBeGreaterThan(-25);
    expect(makeNonSpeech(1, new Random(3))).toEqual(makeNonSpeech(1, new Random(3)));
  });
});
