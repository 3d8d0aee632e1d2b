import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultLoudnessConfig, LoudnessNormaliser } from '../audio/loudness-normaliser.ts';
import { defaultSuppressorConfig, NoiseSuppressor, SuppressorKernel } from '../audio/noise-suppressor.ts';
import { defaultFeatureConfig, type FeatureConfig } from './feature-config.ts';
import { featureHash } from './feature-hash.ts';
import { FeatureKernel, FrontEnd } from './front-end.ts';
import { RawSignalPath, SignalKernel } from './signal-path.ts';

const bands = defaultFeatureConfig.logMel.bands;
const preprocessed: FeatureConfig = {
  ...defaultFeatureConfig,
  preprocess: { suppressor: defaultSuppressorConfig, loudness: defaultLoudnessConfig },
};

const bytes = readFileSync(new URL('../../../test/golden/wav/speech_angry_f.wav', import.meta.url));
const samples = Float32Array.from({ length: (bytes.length - 44) / 2 }, (_, n) => {
  return bytes.readInt16LE(44 + 2 * n) / 32768 + 0.01 * Math.sin(n * n * 0.11);
});

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

function rawFrames(kernel: SignalKernel, packet: number): Float32Array {
  const path = new RawSignalPath(kernel);
  const parts: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += packet) {
    parts.push(path.accept(samples.subarray(at, at + packet)).slice());
  }
  parts.push(path.flush().slice());
  const all = joined(parts);
  expect(path.frames).toBe(all.length / (bands + 2));
  return all;
}

describe('RawSignalPath', () => {
  it('without preprocessing is the front end', () => {
    const path = new RawSignalPath(new SignalKernel(defaultFeatureConfig));
    const raw = path.accept(samples).slice();
    expect(path.flush().length).toBe(0);
    expect(raw).toEqual(new FrontEnd(new FeatureKernel(defaultFeatureConfig)).accept(samples).slice());
  });

  it('hears what the suppressor and then the loudness leave, to the last sample', () => {
    const path = new RawSignalPath(new SignalKernel(preprocessed));
    const raw = joined([path.accept(samples).slice(), path.flush().slice()]);
    const suppressor = new NoiseSuppressor(new SuppressorKernel(defaultSuppressorConfig));
    const loudness = new LoudnessNormaliser(defaultLoudnessConfig);
    const quiet = joined([suppressor.process(samples).slice(), suppressor.flush().slice()]);
    const expected = new FrontEnd(new FeatureKernel(preprocessed)).accept(loudness.process(quiet)).slice();
    expect(raw).toEqual(expected);
    expect(raw.length / (bands + 2)).toBe(Math.floor((samples.length - 400) / 160) + 1);
  });

  it.each([
    ['nothing', defaultFeatureConfig],
    ['suppressor and loudness', preprocessed],
  ])('gives the same bits for packets of any size with %s before the front end', (_, config) => {
    const kernel = new SignalKernel(config);
    const whole = rawFrames(kernel, samples.length);
    for (const packet of [16, 160, 641, 5000]) {
      const pieces = rawFrames(kernel, packet);
      expect(Buffer.from(pieces.buffer).equals(Buffer.from(whole.buffer)), `${packet}`).toBe(true);
    }
  });

  it('keeps the streams of one kernel apart', () => {
    const kernel = new SignalKernel(preprocessed);
    const alone = rawFrames(kernel, 320);
    const [one, other] = [new RawSignalPath(kernel), new RawSignalPath(kernel)];
    const parts: Float32Array[] = [];
    for (let at = 0; at < samples.length; at += 320) {
      parts.push(one.accept(samples.subarray(at, at + 320)).slice());
      other.accept(samples.subarray(at, at + 320).map((x) => -0.3 * x));
    }
    parts.push(one.flush().slice());
    expect(joined(parts)).toEqual(alone);
  });

  it('refuses preprocessing that cannot be computed', () => {
    const loudness = { ...defaultLoudnessConfig, targetDb: 5 };
    expect(() => new SignalKernel({ ...defaultFeatureConfig, preprocess: { loudness } })).toThrow('targetDb');
  });

  it('has another hash for each preprocessing', async () => {
    const { suppressor, loudness } = preprocessed.preprocess!;
    const configs: FeatureConfig[] = [
      defaultFeatureConfig,
      preprocessed,
      { ...defaultFeatureConfig, preprocess: { suppressor: suppressor! } },
      { ...defaultFeatureConfig, preprocess: { loudness: loudness! } },
      { ...defaultFeatureConfig, preprocess: { trimSilence: { belowLoudDb: 30, keepMs: 100 } } },
    ];
    expect(new Set(await Promise.all(configs.map(featureHash))).size).toBe(configs.length);
  });
});
