/** A clip with its measures, and the spread of a measure over many. */
import type { Clip } from '../data/clip.ts';
import type { ClipMeasures } from './measure-clip.ts';

/** One clip with what was measured of it. */
export interface MeasuredClip {
  readonly clip: Clip;
  readonly name: string;
  readonly measures: ClipMeasures;
}

/** Loudness alone brings a sample or two to full scale. */
export function isClipped({ measures }: MeasuredClip): boolean {
  return measures.clippedSamples >= 3;
}

export interface Quantiles {
  readonly least: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
}

export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { least: at(0), p5: at(0.05), median: at(0.5), p95: at(0.95), most: at(1) };
}
