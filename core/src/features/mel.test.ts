import { describe, expect, it } from 'vitest';
import { hzToMel, MelFilterbank, type MelOptions, melToHz } from './mel.ts';

const options: MelOptions = {
  bands: 23,
  lowHz: 20,
  highHz: 7600,
  sampleRate: 16000,
  fftSize: 512,
  slopes: 'linear-in-mel',
};

/** Band responses to a spectrum that is 1 in bin `bin` and 0 elsewhere. */
function response(filterbank: MelFilterbank, bin: number): Float64Array {
  const energies = new Float64Array(filterbank.bands);
  const spectrum = new Float64Array(257);
  spectrum[bin] = 1;
  filterbank.apply(spectrum, energies);
  return energies;
}

describe('MelFilterbank', () => {
  it('has the HTK scale: 1000 Hz is 1000 mel within 0.02 %, and back', () => {
    expect(Math.abs(hzToMel(1000) - 1000)).toBeLessThan(0.2);
    expect(melToHz(hzToMel(3400))).toBeCloseTo(3400, 9);
  });

  for (const slopes of ['linear-in-mel', 'linear-in-hz'] as const) {
    it(`splits a bin between two neighbouring bands with weights that sum to 1 (${slopes})`, () => {
      const filterbank = new MelFilterbank({ ...options, slopes });
      const step = (hzToMel(7600) - hzToMel(20)) / 24;
      const firstCentreHz = melToHz(hzToMel(20) + step);
      const lastCentreHz = melToHz(hzToMel(7600) - step);
      for (let bin = 0; bin <= 256; bin++) {
        const hz = bin * 31.25;
        const weights = response(filterbank, bin);
        const sum = weights.reduce((a, b) => a + b, 0);
        if (hz > firstCentreHz && hz < lastCentreHz) expect(sum).toBeCloseTo(1, 12);
        if (hz <= 20 || hz >= 7600) expect(sum).toBe(0);
        expect(weights.filter((weight) => weight > 0).length).toBeLessThanOrEqual(2);
      }
    });
  }

  it('draws slopes straight in Hz or in mel, as asked', () => {
    // One band over 0..8000 Hz: its centre is half the mel range, 1767.8 Hz.
    const one = { ...options, bands: 1, lowHz: 0, highHz: 8000 };
    const inHz = response(new MelFilterbank({ ...one, slopes: 'linear-in-hz' }), 128)[0];
    const inMel = response(new MelFilterbank(one), 128)[0];
    const centreHz = melToHz(hzToMel(8000) / 2);
    expect(inHz).toBeCloseTo((8000 - 4000) / (8000 - centreHz), 12);
    expect(inMel).toBeCloseTo(2 * (1 - hzToMel(4000) / hzToMel(8000)), 12);
  });

  it('refuses a range beyond the Nyquist frequency', () => {
    expect(() => new MelFilterbank({ ...options, highHz: 8001 })).toThrow(
      'mel range must satisfy 0 <= low < high <= 8000 Hz, got 20..8001 Hz',
    );
  });
});
