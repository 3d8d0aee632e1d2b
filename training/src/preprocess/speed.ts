/** Changes of rate: to the recogniser's 16 kHz, and of speaking speed (with pitch) by resampling. */
import { Resampler } from '@undertone/core';

export const sampleRateHz = 16000;

/** The whole of `samples` at another rate; `[ceil(n toHz / fromHz)]`. */
export function resample(samples: Float32Array, fromHz: number, toHz: number = sampleRateHz): Float32Array {
  if (fromHz === toHz) return samples;
  const resampler = new Resampler(fromHz, toHz);
  const head = resampler.process(samples).slice();
  const tail = resampler.flush();
  const all = new Float32Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}

/** Plays 16 kHz samples `factor` times as fast (Ko et al. 2015, "Audio augmentation for speech recognition"). */
export function changeSpeed(samples: Float32Array, factor: number): Float32Array {
  return resample(samples, Math.round(sampleRateHz * factor));
}
