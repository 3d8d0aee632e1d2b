import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealFft } from '@undertone/core';
import { afterAll, describe, expect, it } from 'vitest';
import { syntheticVoice, writeWav } from '../../../test/support/synthetic-corpus.ts';
import { Random } from '../data/random.ts';
import { throughMobile } from './mobile.ts';
import { listNoiseFiles, readNoiseFiles } from './noise-files.ts';
import { losePackets } from './packet-loss.ts';
import { inRoom, roomResponse } from './room.ts';
import { degrade, isRandom, noiseFilesSpec, optionalVariants } from './variant.ts';

const voice = syntheticVoice(140, 1.5);
const power = (samples: Float32Array): number => samples.reduce((sum, x) => sum + x * x, 0);
const variant = (name: string) => optionalVariants.find((spec) => spec.name === name)!;

describe('roomResponse', () => {
  it('decays by 60 dB in the reverberation time, and has the direct sound asked for', () => {
    for (const [rt60S, directDb] of [
      [0.3, 6],
      [0.8, -3],
    ] as const) {
      const spec = { lowRt60S: rt60S, highRt60S: rt60S, lowDirectDb: directDb, highDirectDb: directDb };
      const response = roomResponse(spec, new Random('room', rt60S));
      expect(response[0]).toBe(1);
      expect(10 * Math.log10(1 / power(response.subarray(1)))).toBeCloseTo(directDb, 3);
      // Schroeder 1965: the energy that is still to come falls along a line; between 5 and 25 dB down, three times.
      const left = Float64Array.from(response.subarray(320));
      for (let n = left.length - 1; n >= 0; n--) left[n] = left[n]! ** 2 + (left[n + 1] ?? 0);
      const reached = (db: number): number =>
        left.findIndex((energy) => energy < left[0]! * 10 ** (-db / 10));
      expect((3 * (reached(25) - reached(5))) / 16000 / rt60S).toBeCloseTo(1, 0.6);
    }
  });
});

describe('inRoom', () => {
  it('is the convolution, also over the borders of blocks', () => {
    const response = Float32Array.of(1, 0, -0.25, 0.125, ...new Float32Array(16380));
    const samples = Float32Array.from({ length: 40_000 }, (_, n) => 0.3 * Math.sin(n * n * 1e-4));
    const heard = inRoom(samples, response);
    for (let n = 0; n < samples.length; n += 7) {
      const expected = samples[n]! - 0.25 * (samples[n - 2] ?? 0) + 0.125 * (samples[n - 3] ?? 0);
      expect(heard[n]).toBeCloseTo(expected, 5);
    }
    expect(heard).toHaveLength(samples.length);
  });
});

describe('throughMobile', () => {
  it('keeps the band of the telephone, and of a voice what can be understood', () => {
    const heard = throughMobile(voice);
    expect(heard).toHaveLength(voice.length);
    const bandPower = (samples: Float32Array, fromHz: number, toHz: number): number => {
      const spectrum = new Float64Array(16385);
      new RealFft(32768).powerSpectrum(samples.subarray(0, 32768), spectrum);
      return spectrum.subarray((fromHz * 32768) / 16000, (toHz * 32768) / 16000).reduce((a, b) => a + b, 0);
    };
    const inBand = bandPower(heard, 400, 3200) / bandPower(voice, 400, 3200);
    expect(10 * Math.log10(inBand)).toBeGreaterThan(-4);
    expect(10 * Math.log10(inBand)).toBeLessThan(2);
    expect(bandPower(heard, 4200, 7800) / bandPower(heard, 400, 3200)).toBeLessThan(1e-3);
    // Coded: far from a mere filter, and far from noise.
    const filtered = degrade(voice, { name: 'x', telephone: 'band' }, '', null, new Random(1));
    const difference = power(heard.map((x, n) => x - filtered[n]!)) / power(filtered);
    expect(difference).toBeGreaterThan(1e-3);
    expect(difference).toBeLessThan(0.2);
  });

  it('leaves silence silent', () => {
    expect(power(throughMobile(new Float32Array(8000)))).toBe(0);
  });
});

describe('losePackets', () => {
  it('loses the share of packets asked for, in bursts of the length asked for', () => {
    const ones = new Float32Array(16000 * 400).fill(1);
    const heard = losePackets(ones, 0.1, 3, new Random('loss'));
    const packets = Array.from({ length: heard.length / 320 }, (_, i) => heard[i * 320 + 319]! < 0.999);
    const lost = packets.filter(Boolean).length;
    const bursts = packets.filter((isLost, i) => isLost && !packets[i - 1]).length;
    expect(lost / packets.length).toBeCloseTo(0.1, 1.5);
    expect(lost / bursts).toBeGreaterThan(2.5);
    expect(lost / bursts).toBeLessThan(3.5);
    // Each lost packet is quieter than the one before it; what came is unchanged.
    const burst = packets.findIndex((isLost, i) => isLost && packets[i + 1]);
    expect(heard[burst * 320]).toBeCloseTo(0.6, 6);
    expect(heard[(burst + 1) * 320]).toBeCloseTo(0.36, 6);
    expect(ones[burst * 320]).toBe(1);
  });
});

describe('optional variants', () => {
  it.each(optionalVariants.map(({ name }) => name))(
    '%s changes a voice, the same for the same seed',
    (name) => {
      const spec = variant(name);
      const heard = degrade(voice, spec, 'a', null, new Random(3));
      expect(heard).toHaveLength(voice.length);
      expect(heard.every((x) => Math.abs(x) <= 1)).toBe(true);
      expect(heard).not.toEqual(voice);
      expect(degrade(voice, spec, 'a', null, new Random(3))).toEqual(heard);
      const other = degrade(voice, spec, 'a', null, new Random(4));
      if (isRandom(spec)) expect(other).not.toEqual(heard);
      else expect(other).toEqual(heard);
    },
  );
});

describe('noise from files', () => {
  const root = mkdtempSync(join(tmpdir(), 'undertone-noise-'));
  afterAll(() => rmSync(root, { recursive: true }));
  const square = Float32Array.from({ length: 24000 }, (_, n) => (n % 100 < 50 ? 0.5 : -0.5));

  it('reads the recordings of a folder at 16 kHz and mixes them at the ratio asked for', async () => {
    mkdirSync(join(root, 'cars'));
    writeWav(join(root, 'cars', 'b.wav'), square, 8000);
    writeFileSync(join(root, 'readme.txt'), 'not audio');
    const files = listNoiseFiles(root);
    expect(files).toMatchObject([{ path: join(root, 'cars', 'b.wav'), bytes: 48044 }]);
    const tracks = await readNoiseFiles(files);
    expect(tracks.map((track) => track.length)).toEqual([48000]);
    const spec = { name: 'n', noiseFiles: { files, lowDb: 10, highDb: 10 } };
    const heard = degrade(voice, spec, '', null, new Random(1), tracks);
    const noise = heard.map((x, n) => x - voice[n]!);
    // Over the louder half of the speech, and the voice is louder than that for most of the clip.
    expect(10 * Math.log10(power(voice) / power(noise))).toBeCloseTo(9, -0.4);
    expect(noiseFilesSpec(files)).toMatchObject({ name: 'noise-files', noiseFiles: { files } });
  });

  it('names a folder without recordings, and a file that is silent', async () => {
    expect(() => listNoiseFiles(join(root, 'none'))).toThrow('noiseFolder: cannot read the folder');
    mkdirSync(join(root, 'empty'));
    expect(() => listNoiseFiles(join(root, 'empty'))).toThrow('expected recordings in');
    const path = join(root, 'silent.wav');
    writeWav(path, new Float32Array(16000));
    await expect(readNoiseFiles([{ path, bytes: 1, changedMs: 1 }])).rejects.toThrow(
      'silent.wav: expected a background',
    );
  });
});
