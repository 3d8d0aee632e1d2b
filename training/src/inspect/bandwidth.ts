/**
 * Where the spectrum of a recording ends. Speech falls by 6 to 12 dB an octave and never stops at once; a filter, a codec or
 * a lower rate before leaves an edge, behind which there is far less than before it up to half the sample rate.
 */
import { RealFft } from '@undertone/core';

const fftSize = 1024;
const hop = 1024;
/** The edge must be this deep within `gapHz`. */
const edgeDb = 21;
const gapHz = 150;
const widthHz = 600;
const lowestHz = 2000;
/** Only the louder half of the frames is looked at: between words there is the room. */
const loudShare = 0.5;

const fft = new RealFft(fftSize);
const window = Float64Array.from(
  { length: fftSize },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / fftSize),
);

/** Hz; half the sample rate where there is no edge. */
export function bandwidthHz(samples: Float32Array, sampleRateHz: number): number {
  const { hz, drop } = edgeOf(samples, sampleRateHz);
  return drop >= edgeDb ? hz : sampleRateHz / 2;
}

/** The deepest edge, and how deep it is in dB. */
function edgeOf(samples: Float32Array, sampleRateHz: number): { hz: number; drop: number } {
  const spectrum = loudSpectrumDb(samples);
  const binHz = sampleRateHz / fftSize;
  const bins = (hz: number): number => Math.round(hz / binHz);
  const top = spectrum.length - 1;
  // The highest level of all that is above each bin.
  const above = new Float64Array(spectrum.length);
  let highest = Number.NEGATIVE_INFINITY;
  for (let bin = top; bin >= 0; bin--) {
    highest = Math.max(highest, spectrum[bin]!);
    above[bin] = highest;
  }
  let best = { drop: 0, hz: sampleRateHz / 2 };
  for (let bin = bins(lowestHz); bin + bins(2 * gapHz) < top; bin++) {
    let sum = 0;
    const from = bin - bins(widthHz);
    for (let i = from; i < bin; i++) sum += spectrum[i]!;
    const drop = sum / (bin - from) - above[bin + bins(gapHz)]!;
    if (drop > best.drop) best = { drop, hz: bin * binHz };
  }
  return best;
}

/** Mean power of the louder frames by bin, dB; smoothed over three bins. */
function loudSpectrumDb(samples: Float32Array): Float64Array {
  const count = Math.max(1, Math.floor((samples.length - fftSize) / hop) + 1);
  const energies = Array.from({ length: count }, (_, i) => {
    let energy = 0;
    for (let n = i * hop; n < Math.min(samples.length, i * hop + fftSize); n++) energy += samples[n]! ** 2;
    return { i, energy };
  });
  energies.sort((a, b) => b.energy - a.energy);
  const power = new Float64Array(fft.bins);
  const mean = new Float64Array(fft.bins);
  const frame = new Float64Array(fftSize);
  for (const { i } of energies.slice(0, Math.max(1, Math.ceil(loudShare * count)))) {
    frame.fill(0);
    const end = Math.min(fftSize, samples.length - i * hop);
    for (let n = 0; n < end; n++) frame[n] = samples[i * hop + n]! * window[n]!;
    fft.powerSpectrum(frame, power);
    for (const [bin, value] of power.entries()) mean[bin]! += value;
  }
  return mean.map((_, bin) => {
    let sum = 0;
    for (let i = Math.max(0, bin - 1); i <= Math.min(mean.length - 1, bin + 1); i++) sum += mean[i]!;
    return 10 * Math.log10(sum + 1e-20);
  });
}
