import { describe, expect, it } from 'vitest';
import { RealFft } from './fft.ts';

/** Deterministic numbers in [-1, 1). */
function noise(count: number): Float64Array {
  let state = 12345;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The definition, term by term. */
function directTransform(x: Float64Array, k: number): [number, number] {
  let re = 0;
  let im = 0;
  for (let n = 0; n < x.length; n++) {
    const turn = (2 * Math.PI * ((n * k) % x.length)) / x.length;
    re += x[n]! * Math.cos(turn);
    im -= x[n]! * Math.sin(turn);
  }
  return [re, im];
}

describe('RealFft', () => {
  for (const size of [8, 16, 32, 512, 1024]) {
    it(`agrees with the definition of the transform for ${size} samples`, () => {
      const x = noise(size);
      const fft = new RealFft(size);
      const re = new Float64Array(fft.bins);
      const im = new Float64Array(fft.bins);
      const power = new Float64Array(fft.bins);
      fft.forward(x, re, im);
      fft.powerSpectrum(x, power);
      for (let k = 0; k < fft.bins; k++) {
        const [expectedRe, expectedIm] = directTransform(x, k);
        expect(Math.abs(re[k]! - expectedRe)).toBeLessThan(1e-10);
        expect(Math.abs(im[k]! - expectedIm)).toBeLessThan(1e-10);
        expect(Math.abs(power[k]! - (expectedRe ** 2 + expectedIm ** 2))).toBeLessThan(1e-9 * size);
      }
    });

    it(`gives back the ${size} samples of a spectrum`, () => {
      const x = noise(size);
      const fft = new RealFft(size);
      const re = new Float64Array(fft.bins);
      const im = new Float64Array(fft.bins);
      const back = new Float64Array(size);
      fft.forward(x, re, im);
      fft.inverse(re, im, back);
      for (let n = 0; n < size; n++) expect(Math.abs(back[n]! - x[n]!)).toBeLessThan(1e-13);
    });
  }

  it('takes missing samples as zero, also an odd number of them, whatever it computed before', () => {
    const fft = new RealFft(512);
    const short = noise(399);
    const padded = new Float64Array(512);
    padded.set(short);
    const fromShort = new Float32Array(fft.bins);
    const fromPadded = new Float32Array(fft.bins);
    fft.powerSpectrum(padded, fromPadded);
    fft.powerSpectrum(noise(512), fromShort);
    fft.powerSpectrum(short, fromShort);
    expect(fromShort).toEqual(fromPadded);
  });

  it('refuses a size that is not a power of two', () => {
    expect(() => new RealFft(400)).toThrow('FFT size must be a power of two in [8, 65536], got 400');
  });
});
