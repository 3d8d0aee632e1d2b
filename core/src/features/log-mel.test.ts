import { expect, test } from 'vitest';
import { goldenSignals, readGoldenCsv, readGoldenWav } from '../../../test/support/golden.ts';
import { defaultFeatureConfig, type FeatureConfig } from './feature-config.ts';
import { FeatureKernel, FrontEnd } from './front-end.ts';
import { LogMel } from './log-mel.ts';

const bands = 64;
const floor = Math.log(1.1920929e-7);

/** The configuration of the reference, kaldi-native-fbank. */
const kaldi = (window: 'povey' | 'hann'): FeatureConfig => ({
  ...defaultFeatureConfig,
  logMel: { ...defaultFeatureConfig.logMel, window, highHz: 7600, energyFloor: 1.1920929e-7 },
});

/** Log-mel frames `[frames][bands]`. */
type Extract = (config: FeatureConfig, samples: Float32Array) => Float32Array[];

const javaScript: Extract = (config, samples) => {
  const logMel = new LogMel(config);
  const frames: Float32Array[] = [];
  for (let start = 0; start + config.windowSamples <= samples.length; start += config.hopSamples) {
    const frame = new Float32Array(bands);
    logMel.frame(samples, start, frame, 0);
    frames.push(frame);
  }
  return frames;
};

const webAssembly: Extract = (config, samples) => {
  const raw = new FrontEnd(new FeatureKernel(config)).accept(samples);
  return Array.from({ length: raw.length / (bands + 2) }, (_, t) =>
    raw.slice(t * (bands + 2)).subarray(0, bands),
  );
};

// Tolerances and the reason for the second one: test/golden/README.md.
for (const [name, extract] of Object.entries({ javaScript, webAssembly })) {
  for (const [window, file] of [
    ['povey', 'povey'],
    ['hann', 'hanning'],
  ] as const) {
    test.each(goldenSignals)(
      `${name} log-mel with the ${window} window agrees with Kaldi on %s`,
      (signal) => {
        const expected = readGoldenCsv(`kaldi/${signal}.fbank_${file}.csv`).rows;
        const frames = extract(kaldi(window), readGoldenWav(signal));
        expect(frames).toHaveLength(expected.length);
        const differences: number[] = [];
        let worstOfQuiet = 0;
        for (const [t, row] of expected.entries()) {
          for (let b = 0; b < bands; b++) {
            const value = frames[t]![b]!;
            if (row[b]! > -11.5) differences.push(Math.abs(value - row[b]!));
            else {
              const energy = Math.exp(row[b]!);
              const error = Math.abs(Math.exp(value) - energy);
              worstOfQuiet = Math.max(worstOfQuiet, error / (1e-3 * energy + 1e-8));
            }
          }
        }
        differences.sort((a, b) => a - b);
        expect(differences.at(-1) ?? 0).toBeLessThanOrEqual(2e-3);
        expect(differences[differences.length >> 1] ?? 0).toBeLessThanOrEqual(2e-5);
        expect(worstOfQuiet).toBeLessThanOrEqual(1);
      },
    );
  }

  test.each(['silence', 'dc'])(`${name} log-mel of %s is the floor in every band`, (signal) => {
    for (const frame of extract(kaldi('povey'), readGoldenWav(signal))) {
      for (const value of frame) expect(Math.abs(value - floor)).toBeLessThanOrEqual(1e-3);
    }
  });
}

test.each<Partial<FeatureConfig['logMel']>>([
  { bands: 1 },
  { bands: 23 },
  { bands: 40, lowHz: 0, highHz: 8000 },
  { bands: 80, lowHz: 60 },
  { bands: 128, window: 'povey' },
  { bands: 13, lowHz: 7000, highHz: 8000 },
  { removeDcOffset: false, energyFloor: 1e-10 },
  { preemphasis: 0, energyFloor: 1e-3 },
])('WebAssembly and JavaScript agree with %o', (change) => {
  const config = { ...defaultFeatureConfig, logMel: { ...defaultFeatureConfig.logMel, ...change } };
  const size = config.logMel.bands + 2;
  const samples = readGoldenWav('speech_happy_f');
  const raw = new FrontEnd(new FeatureKernel(config)).accept(samples);
  const logMel = new LogMel(config);
  const frame = new Float32Array(size);
  expect(raw.length).toBe(size * (1 + Math.floor((samples.length - 400) / 160)));
  let worst = 0;
  for (let t = 0; t < raw.length / size; t++) {
    logMel.frame(samples, 160 * t, frame, 0);
    for (let b = 0; b < config.logMel.bands; b++) {
      // Single precision ends about 70 dB below the loudest band of a frame.
      const loud = frame[b]! > Math.max(Math.log(config.logMel.energyFloor) + 3, -11.5);
      if (loud) worst = Math.max(worst, Math.abs(raw[t * size + b]! - frame[b]!));
    }
  }
  expect(worst).toBeLessThanOrEqual(1e-3);
});
