/** What is measured of one recording: level, clipping, silence, noise floor, bandwidth, and a hash of what it holds. */
import { createHash } from 'node:crypto';
import { speechTargets } from '../features/speech-targets.ts';
import { resample } from '../preprocess/speed.ts';
import { bandwidthHz } from './bandwidth.ts';

export interface AudioMeasures {
  readonly durationS: number;
  /** Levels in dB under full scale; -120 for silence. */
  readonly rmsDb: number;
  readonly peakDb: number;
  /** Level that one 20 ms frame in ten stays under. */
  readonly floorDb: number;
  /** Level that one 20 ms frame in twenty exceeds. */
  readonly loudDb: number;
  /** Samples at full scale, or in runs of at least three at the largest value of a recording clipped before. */
  readonly clippedSamples: number;
  /** Share of the time that is not speech, by the energy that the speech head learns from; 1 where none is found. */
  readonly silenceShare: number;
  /** Share of the samples in stretches of 20 ms and more that are exactly 0. */
  readonly digitalSilenceShare: number;
  /** Mean of the samples, full scale 1. */
  readonly offset: number;
  /** Where the spectrum ends. */
  readonly bandwidthHz: number;
  /** SHA-256 of the samples in 16 bits at the file's own rate. */
  readonly hash: string;
}

const silentDb = -120;
const frameS = 0.02;
const shortestRun = 3;
const fullScale = 32767 / 32768;
/** Under this peak an extreme value is a quiet recording's own, not a clipped one's. */
const leastClippedPeak = 0.1;

/** @param samples one channel, full scale 1 */
export function measureAudio(samples: Float32Array, sampleRateHz: number): AudioMeasures {
  const frame = Math.round(frameS * sampleRateHz);
  const levels = frameLevelsDb(samples, frame);
  const { sum, power, peak } = totals(samples);
  const speech = speechTargets(resample(samples, sampleRateHz));
  const heard = speech.reduce((count, value) => count + value, 0);
  return {
    durationS: samples.length / sampleRateHz,
    rmsDb: decibels(power / samples.length),
    peakDb: decibels(peak * peak),
    floorDb: percentile(levels, 0.1),
    loudDb: percentile(levels, 0.95),
    clippedSamples: peak < leastClippedPeak ? 0 : clippedSamples(samples, peak),
    silenceShare: speech.length === 0 ? 1 : 1 - heard / speech.length,
    digitalSilenceShare: zeroShare(samples, frame),
    offset: sum / samples.length,
    bandwidthHz: bandwidthHz(samples, sampleRateHz),
    hash: contentHash(samples, sampleRateHz),
  };
}

function decibels(power: number): number {
  return Math.max(silentDb, 10 * Math.log10(power + 1e-30));
}

function totals(samples: Float32Array): { sum: number; power: number; peak: number } {
  let sum = 0;
  let power = 0;
  let peak = 0;
  for (const sample of samples) {
    sum += sample;
    power += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { sum, power, peak };
}

/** Levels without the mean, ascending; one at least. */
function frameLevelsDb(samples: Float32Array, frame: number): Float32Array {
  const count = Math.max(1, Math.floor(samples.length / frame));
  const levels = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const { sum, power } = totals(samples.subarray(i * frame, (i + 1) * frame));
    const length = Math.min(frame, samples.length);
    levels[i] = decibels(Math.max(0, power / length - (sum / length) ** 2));
  }
  return levels.sort();
}

function percentile(sorted: Float32Array, share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))]!;
}

/** A flat top lasts for several samples; noise reaches its peak for one. */
function clippedSamples(samples: Float32Array, peak: number): number {
  // A step of 16 bits below: converters round.
  const top = peak - 1.5 / 32768;
  let atFullScale = 0;
  let flat = 0;
  let run = 0;
  for (const sample of samples) {
    const size = Math.abs(sample);
    if (size >= fullScale) atFullScale++;
    run = size >= top ? run + 1 : 0;
    if (run === shortestRun) flat += run;
    else if (run > shortestRun) flat++;
  }
  return Math.max(flat, atFullScale);
}

function zeroShare(samples: Float32Array, shortest: number): number {
  let zeros = 0;
  let run = 0;
  for (const sample of samples) {
    run = sample === 0 ? run + 1 : 0;
    if (run === shortest) zeros += run;
    else if (run > shortest) zeros++;
  }
  return zeros / samples.length;
}

function contentHash(samples: Float32Array, sampleRateHz: number): string {
  const integers = Int16Array.from(samples, (x) => Math.max(-32768, Math.min(32767, Math.round(x * 32768))));
  return createHash('sha256').update(String(sampleRateHz)).update(integers).digest('hex');
}
