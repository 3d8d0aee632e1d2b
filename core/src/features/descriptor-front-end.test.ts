import { describe, expect, it } from 'vitest';
import {
  type GoldenTable,
  goldenSignals,
  packetSizes,
  packets,
  readGoldenCsv,
  readGoldenWav,
} from '../../../test/support/golden.ts';
import {
  type DescriptorConfig,
  defaultDescriptorConfig,
  librosaDescriptorConfig,
} from './descriptor-config.ts';
import { DescriptorFrontEnd, descriptorNames } from './descriptor-front-end.ts';

/** All frames of a signal, fed in packets of `packet` samples: `[frames * frameSize]`. */
function describeSignal(
  config: DescriptorConfig,
  samples: Float32Array,
  packet = samples.length,
): Float32Array {
  const frontEnd = new DescriptorFrontEnd(config);
  const output: number[] = [];
  for (const part of packets(samples, packet)) {
    const index = frontEnd.frames;
    const frames = frontEnd.accept(part);
    expect(frames.length).toBe((frontEnd.frames - index) * frontEnd.frameSize);
    for (const value of frames) output.push(value);
  }
  return Float32Array.from(output);
}

/** One value per frame by its name. */
function column(config: DescriptorConfig, frames: Float32Array, name: string): Float32Array {
  const names = descriptorNames(config);
  const index = names.indexOf(name);
  expect(index).toBeGreaterThanOrEqual(0);
  return frames.filter((_, n) => n % names.length === index);
}

/** Largest distance of two columns, each divided by `scale` of its row (1 if not given). */
function worst(
  actual: Float32Array,
  expected: Float64Array,
  scale: (row: number) => number = () => 1,
): number {
  expect(actual.length).toBe(expected.length);
  let most = 0;
  expected.forEach((value, row) => {
    const distance = Math.abs(actual[row]! - value);
    // A value of exactly 0 (digital silence) has no relative tolerance: it must be 0.
    if (distance > 0) most = Math.max(most, distance / scale(row));
  });
  return most;
}

function expectMfcc(
  config: DescriptorConfig,
  frames: Float32Array,
  golden: GoldenTable,
  tolerance: number,
): void {
  for (let k = 0; k < 13; k++) {
    expect(worst(column(config, frames, `mfcc${k}`), golden.column(`c${k}`)), `c${k}`).toBeLessThan(
      tolerance,
    );
  }
}

describe('DescriptorFrontEnd', () => {
  // Tolerances are at least tenfold tighter than those of test/golden/README.md where the reference is float64 or
  // agrees with float64, and those of the README against Kaldi's float32.
  for (const signal of goldenSignals) {
    it(`agrees with the float64 definitions on ${signal}`, () => {
      const config = defaultDescriptorConfig;
      const golden = readGoldenCsv(`ref64/${signal}.lld.csv`);
      const frames = describeSignal(config, readGoldenWav(signal));
      const relative = [
        ['rms', 'rms'],
        ['centroid_hz', 'centroid_hz'],
        ['spread_hz', 'spread_hz'],
        ['flatness', 'flatness'],
      ] as const;
      for (const [name, reference] of relative) {
        const wanted = golden.column(reference);
        expect(
          worst(column(config, frames, name), wanted, (row) => wanted[row]!),
          name,
        ).toBeLessThan(1e-6);
      }
      const zeroCrossings = column(config, frames, 'zero_crossing_rate').map((rate) =>
        Math.round(rate * 400),
      );
      expect(
        worst(
          zeroCrossings,
          golden.column('zcr').map((rate) => Math.round(rate * 400)),
        ),
      ).toBe(0);
      expect(worst(column(config, frames, 'log_energy'), golden.column('log_energy'))).toBeLessThan(2e-6);
      expect(worst(column(config, frames, 'rolloff85_hz'), golden.column('rolloff85_hz'))).toBe(0);
      expect(worst(column(config, frames, 'rolloff95_hz'), golden.column('rolloff95_hz'))).toBe(0);
      expect(worst(column(config, frames, 'entropy_bits'), golden.column('entropy_bits'))).toBeLessThan(1e-6);
      const flux = golden.column('flux_rms_mag');
      const largest = Math.max(...flux);
      expect(worst(column(config, frames, 'flux'), flux, () => Math.max(largest, 1e-3))).toBeLessThan(1e-6);
    });

    it(`agrees with librosa on ${signal}`, () => {
      const config = librosaDescriptorConfig;
      const golden = readGoldenCsv(`librosa/${signal}.spectral.csv`);
      const samples = readGoldenWav(signal);
      const frames = describeSignal(config, samples);
      const relative = [
        ['rms', 'rms'],
        ['centroid_hz', 'centroid_hz'],
        ['spread_hz', 'bandwidth_hz'],
        ['flatness', 'flatness'],
      ] as const;
      for (const [name, reference] of relative) {
        const wanted = golden.column(reference);
        expect(
          worst(column(config, frames, name), wanted, (row) => wanted[row]!),
          name,
        ).toBeLessThan(1e-5);
      }
      const zeroCrossings = column(config, frames, 'zero_crossing_rate').map((rate) =>
        Math.round(rate * 400),
      );
      expect(
        worst(
          zeroCrossings,
          golden.column('zcr').map((rate) => Math.round(rate * 400)),
        ),
      ).toBe(0);
      expect(worst(column(config, frames, 'rolloff85_hz'), golden.column('rolloff85_hz'))).toBe(0);
      const rises: DescriptorConfig = { ...config, spectral: { ...config.spectral, flux: 'positive-sum' } };
      for (const [fluxConfig, reference] of [
        [config, 'flux_l2_mag'],
        [rises, 'flux_pos_sum_mag'],
      ] as const) {
        const flux = golden.column(reference);
        const largest = Math.max(...flux);
        const actual = column(fluxConfig, describeSignal(fluxConfig, samples), 'flux');
        expect(
          worst(actual, flux, () => Math.max(largest, 1e-3)),
          reference,
        ).toBeLessThan(1e-4);
      }
      expectMfcc(config, frames, readGoldenCsv(`librosa/${signal}.mfcc13.csv`), 1e-3);
    });

    it(`agrees with Kaldi's MFCC on ${signal}`, () => {
      const config = defaultDescriptorConfig;
      const frames = describeSignal(config, readGoldenWav(signal));
      // On the sweep most bands hold 1e-7 of the peak, where Kaldi's own float32 FFT is what differs.
      const tolerance = signal === 'sweep' ? 4e-2 : 5e-3;
      expectMfcc(config, frames, readGoldenCsv(`kaldi/${signal}.mfcc13.csv`), tolerance);
    });
  }

  for (const [name, config] of [
    ['default', defaultDescriptorConfig],
    ['librosa', librosaDescriptorConfig],
  ] as const) {
    it(`gives the same frames whatever the packets (${name} definitions)`, () => {
      const samples = readGoldenWav('speech_happy_f').subarray(0, 16000);
      const whole = describeSignal(config, samples);
      expect(whole.length).toBeGreaterThan(0);
      for (const size of packetSizes) expect(describeSignal(config, samples, size)).toEqual(whole);
    });
  }

  it('produces a frame with its last sample and not before', () => {
    const frontEnd = new DescriptorFrontEnd();
    expect(frontEnd.accept(new Float32Array(399)).length).toBe(0);
    expect(frontEnd.accept(new Float32Array(1)).length).toBe(frontEnd.frameSize);
    expect(frontEnd.accept(new Float32Array(159)).length).toBe(0);
    expect(frontEnd.accept(new Float32Array(1)).length).toBe(frontEnd.frameSize);
    expect(frontEnd.frames).toBe(2);
  });

  it('calls digital silence flat, without centroid, spread, roll-off or entropy', () => {
    const frames = new DescriptorFrontEnd().accept(new Float32Array(400));
    const named = descriptorNames(defaultDescriptorConfig).map((name, n) => [name, frames[n]!] as const);
    expect(Object.fromEntries(named.slice(0, 10))).toEqual({
      rms: 0,
      log_energy: Math.fround(Math.log(1.1920929e-7)),
      zero_crossing_rate: 0,
      centroid_hz: 0,
      spread_hz: 0,
      rolloff85_hz: 0,
      rolloff95_hz: 0,
      flux: 0,
      flatness: expect.closeTo(1, 6),
      entropy_bits: 0,
    });
  });

  it('refuses a window that does not fit the FFT', () => {
    expect(() => new DescriptorFrontEnd({ ...defaultDescriptorConfig, fftSize: 256 })).toThrow(
      'a window of 400 samples needs an FFT of at least as many, got 256',
    );
  });
});
