/** What follows from a configuration of functionals: descriptors, their ranges, names and tables. Shared by streams. */
import { UndertoneError } from '../../errors.ts';
import type { FeatureConfig } from '../feature-config.ts';
import { hzToMel, melToHz } from '../mel.ts';
import type { FunctionalsConfig } from './functionals-config.ts';

/** Frames that a descriptor's statistics cover: those with sound, or those with a pitch. */
export type DescriptorGroup = 'active' | 'voiced';

export interface Descriptor {
  readonly name: string;
  readonly group: DescriptorGroup;
  /** `full`: all statistics; `change`: mean and deviation. */
  readonly statistics: 'full' | 'change';
  /** Range of the histogram that percentiles come from; values outside count in the end bins. */
  readonly low: number;
  readonly high: number;
}

/** Bins of each histogram. */
export const histogramBins = 40;

/** Statistics of the window as a whole, after those of the descriptors. */
export const windowStatistics = [
  'active_ratio',
  'voiced_ratio',
  'voiced_run_mean_s',
  'voiced_runs_per_s',
  'pause_mean_s',
] as const;

const spectral: readonly (readonly [name: string, low: number, high: number])[] = [
  ['centroid_hz', 0, 7000],
  ['spread_hz', 0, 3500],
  ['rolloff85_hz', 0, 7500],
  ['flux', 0, 4],
  ['flatness', -8, 0],
  ['voicing', 0, 1],
];

export class FunctionalsPlan {
  readonly config: FunctionalsConfig;
  readonly bands: number;
  readonly sampleRate: number;
  readonly hopSamples: number;
  /** In the order of `FrameDescriber.values`. */
  readonly descriptors: readonly Descriptor[];
  /** Descriptors with all statistics; they come first. */
  readonly fullCount: number;
  /** Names of the functionals, in order. */
  readonly names: readonly string[];
  /** Centre of each band in Hz. */
  readonly centresHz: Float64Array;
  /** Orthonormal DCT-II `[coefficients, bands]`. */
  readonly dct: Float64Array;

  /** Throws `bad_parameter` without functionals in the configuration, or when a number is out of its range. */
  constructor({ logMel, functionals, sampleRate, hopSamples }: FeatureConfig) {
    if (!functionals) {
      throw new UndertoneError(
        'bad_parameter',
        'expected a feature configuration with functionals, got none',
      );
    }
    check(functionals, logMel.bands);
    this.config = functionals;
    this.bands = logMel.bands;
    this.sampleRate = sampleRate;
    this.hopSamples = hopSamples;
    const full = fullDescriptors(functionals, logMel.bands);
    this.descriptors = functionals.deltas ? [...full, ...changeDescriptors(functionals)] : full;
    this.fullCount = full.length;
    this.names = namesOf(this.descriptors, functionals.percentiles);
    const lowMel = hzToMel(logMel.lowHz);
    const stepMel = (hzToMel(logMel.highHz) - lowMel) / (this.bands + 1);
    this.centresHz = Float64Array.from({ length: this.bands }, (_, b) => melToHz(lowMel + (b + 1) * stepMel));
    this.dct = makeDct(functionals.coefficients, this.bands);
  }

  /** D, the number of functionals. */
  get size(): number {
    return this.names.length;
  }
}

/** Names of the functionals of a window, in order: `<descriptor>_<statistic>`, then those of the window as a whole. */
export function functionalNames(config: FeatureConfig): readonly string[] {
  return new FunctionalsPlan(config).names;
}

function check({ coefficients, percentiles, gateDb }: FunctionalsConfig, bands: number): void {
  const refuse = (what: string, expected: string, found: unknown): never => {
    throw new UndertoneError(
      'bad_parameter',
      `functionals: ${what} must be ${expected}, got ${String(found)}`,
    );
  };
  const most = Math.min(40, bands);
  if (!Number.isInteger(coefficients) || coefficients < 1 || coefficients > most) {
    refuse('coefficients', `an integer in [1, ${most}]`, coefficients);
  }
  if (!(gateDb >= 10 && gateDb <= 80)) refuse('gateDb', 'in [10, 80]', gateDb);
  const ascending = percentiles.every((share, i) => share > (percentiles[i - 1] ?? 0) && share < 1);
  if (percentiles.length > 9 || !ascending) {
    refuse('percentiles', 'at most 9 ascending shares in (0, 1)', percentiles);
  }
}

function fullDescriptors({ coefficients, level }: FunctionalsConfig, bands: number): Descriptor[] {
  const active = (name: string, low: number, high: number): Descriptor => ({
    name,
    group: 'active',
    statistics: 'full',
    low,
    high,
  });
  const [lowest, highest] = level === 'absolute' ? [-12, 12] : [-8, 4];
  const root = Math.sqrt(bands);
  return [
    active('level', lowest!, highest!),
    ...Array.from({ length: coefficients }, (_, k) =>
      k === 0
        ? active('mfcc0', (lowest! - 5) * root, (highest! - 3) * root)
        : active(`mfcc${k}`, (-4 * root) / Math.sqrt(k), (4 * root) / Math.sqrt(k)),
    ),
    ...spectral.map(([name, low, high]) => active(name, low, high)),
    { name: 'log2_f0', group: 'voiced', statistics: 'full', low: 5.5, high: 9.5 },
  ];
}

function changeDescriptors({ coefficients }: FunctionalsConfig): Descriptor[] {
  const change = (name: string, group: DescriptorGroup): Descriptor => ({
    name,
    group,
    statistics: 'change',
    low: 0,
    high: 1,
  });
  return [
    change('level_delta', 'active'),
    ...Array.from({ length: coefficients }, (_, k) => change(`mfcc${k}_delta`, 'active')),
    change('log2_f0_delta', 'voiced'),
    change('log2_f0_step', 'voiced'),
  ];
}

function namesOf(descriptors: readonly Descriptor[], percentiles: readonly number[]): string[] {
  const shares = percentiles.map((share) => `p${Number((100 * share).toFixed(3))}`);
  return [
    ...descriptors.flatMap(({ name, statistics }) =>
      (statistics === 'full' ? ['mean', 'sd', ...shares, 'range', 'slope'] : ['mean', 'sd']).map(
        (statistic) => `${name}_${statistic}`,
      ),
    ),
    ...windowStatistics,
  ];
}

function makeDct(coefficients: number, bands: number): Float64Array {
  const dct = new Float64Array(coefficients * bands);
  for (let k = 0; k < coefficients; k++) {
    const norm = Math.sqrt((k === 0 ? 1 : 2) / bands);
    for (let b = 0; b < bands; b++) dct[k * bands + b] = norm * Math.cos((Math.PI * k * (b + 0.5)) / bands);
  }
  return dct;
}
