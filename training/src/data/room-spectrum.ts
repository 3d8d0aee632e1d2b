/** Random smooth curves over the mel bands: spectra of backgrounds, and what microphones and rooms do to a voice. */
import type { FeatureConfig } from '@undertone/core';
import type { Random } from './random.ts';

/** Energy of each band of a random smooth spectrum whose bands sum to `total`. */
export function makeSpectrum(bands: number, total: number, random: Random): Float32Array {
  // From falling steeply (rumble, hum) to rising (hiss): nepers from the lowest band to the highest.
  const tilt = random.between(-8, 2.5);
  const waves = [1, 2, 3, 4].map((cycles) => ({
    cycles,
    height: random.normal() * 1.2,
    phase: random.between(0, 2 * Math.PI),
  }));
  const spectrum = new Float32Array(bands);
  let sum = 0;
  for (let b = 0; b < bands; b++) {
    const x = b / bands;
    let log = tilt * x;
    for (const { cycles, height, phase } of waves) {
      log += (height / cycles) * Math.cos(2 * Math.PI * cycles * x + phase);
    }
    spectrum[b] = Math.exp(log);
    sum += spectrum[b]!;
  }
  return spectrum.map((energy) => (energy * total) / sum);
}

/** Added to the logarithm of each band's energy: a tilt of up to `decibels` either way, and ripples of about half that. */
export function makeEqualiser(bands: number, decibels: number, random: Random): Float32Array {
  const size = (decibels * Math.LN10) / 10;
  const tilt = 0.7 * size * random.between(-1, 1);
  const waves = [1, 2, 3, 4, 5].map((number) => ({
    cycles: number / 2,
    height: (0.5 * size * random.normal()) / Math.sqrt(number),
    phase: random.between(0, 2 * Math.PI),
  }));
  return Float32Array.from({ length: bands }, (_, b) => {
    const x = b / bands;
    let log = tilt * (2 * x - 1);
    for (const { cycles, height, phase } of waves) log += height * Math.cos(2 * Math.PI * cycles * x + phase);
    return log;
  });
}

/**
 * Standard deviation of the logarithm of a noise band's energy (log-normal with the variance of a mean of k exponential
 * variables, k being the independent bins in the band: 64 Hz each with a Hann window of 25 ms).
 */
export function fluctuations({ logMel }: FeatureConfig): Float32Array {
  return Float32Array.from({ length: logMel.bands }, (_, b) => {
    const bandwidthHz = bandHz(logMel, b + 0.5) - bandHz(logMel, b - 0.5);
    return Math.sqrt(Math.log(1 + 1 / Math.max(1, bandwidthHz / 64)));
  });
}

/**
 * What the energy of each band counts in the pitch tracker: pre-emphasis undone, up to the corner of its low-pass filter at
 * 1300 Hz and from that of its high-pass filters on.
 */
export function voiceWeights({ logMel, sampleRate }: FeatureConfig): Float32Array {
  return Float32Array.from({ length: logMel.bands }, (_, b) => {
    const hz = bandHz(logMel, b);
    const cosine = Math.cos((2 * Math.PI * hz) / sampleRate);
    const emphasis = 1 + logMel.preemphasis ** 2 - 2 * logMel.preemphasis * cosine;
    return hz < 50 ? 0 : 1 / (emphasis * (1 + (hz / 1300) ** 8));
  });
}

/** Centre of a band, counted from 0; between two for half numbers. */
function bandHz({ bands, lowHz, highHz }: FeatureConfig['logMel'], band: number): number {
  const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const low = mel(lowHz);
  const value = low + ((band + 1) * (mel(highHz) - low)) / (bands + 1);
  return 700 * (Math.exp(value / 1127) - 1);
}
