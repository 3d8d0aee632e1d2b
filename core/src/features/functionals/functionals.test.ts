import { describe, expect, it } from 'vitest';
import { defaultFeatureConfig, type FeatureConfig } from '../feature-config.ts';
import { FrameDescriber } from './frame-describer.ts';
import { FunctionalBlock } from './functional-block.ts';
import { defaultFunctionalsConfig, type FunctionalsConfig } from './functionals-config.ts';
import { functionalsOf } from './functionals-of.ts';
import { FunctionalsPlan, functionalNames, histogramBins } from './functionals-plan.ts';

const bands = defaultFeatureConfig.logMel.bands;
const rawSize = bands + 2;

function planOf(change: Partial<FunctionalsConfig> = {}): FunctionalsPlan {
  return new FunctionalsPlan({
    ...defaultFeatureConfig,
    functionals: { ...defaultFunctionalsConfig, ...change },
  });
}

/** Raw frames of words and pauses: a pattern of loud voiced, loud unvoiced and quiet frames with random spectra. */
function rawFrames(frames: number, gain = 0): Float32Array {
  let seed = 7;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const raw = new Float32Array(frames * rawSize);
  for (let t = 0; t < frames; t++) {
    const kind = ['pause', 'voiced', 'voiced', 'noise', 'voiced', 'pause'][Math.floor(t / 9) % 6]!;
    for (let b = 0; b < bands; b++) {
      const shape = kind === 'pause' ? -11 : kind === 'voiced' ? -b / 16 : -4 + b / 20;
      raw[t * rawSize + b] = shape + random() + gain;
    }
    raw[t * rawSize + bands] = kind === 'voiced' ? 120 + 60 * random() : 0;
    raw[t * rawSize + bands + 1] = kind === 'voiced' ? 0.9 : 0.1 * random();
  }
  return raw;
}

interface Described {
  readonly values: number[];
  readonly active: boolean;
  readonly voiced: boolean;
}

/** Blocks of the given lengths over `raw`, and what was described. */
function blocksOf(plan: FunctionalsPlan, raw: Float32Array, lengths: readonly number[]) {
  const describer = new FrameDescriber(plan);
  const described: Described[] = [];
  let t = 0;
  const blocks = lengths.map((length) => {
    const block = new FunctionalBlock(plan);
    for (let end = t + length; t < end; t++) {
      describer.next(raw, t * rawSize);
      described.push({
        values: [...describer.values],
        active: describer.active,
        voiced: describer.voiced,
      });
      block.add(describer);
    }
    return block;
  });
  return { blocks, described };
}

function merged(plan: FunctionalsPlan, blocks: readonly FunctionalBlock[]): FunctionalBlock {
  const sum = new FunctionalBlock(plan);
  for (const block of blocks) sum.merge(block);
  return sum;
}

function named(plan: FunctionalsPlan, values: Float32Array, name: string): number {
  const at = plan.names.indexOf(name);
  if (at < 0) throw new Error(`no functional ${name}`);
  return values[at]!;
}

const lengths = [3, 50, 1, 40, 66, 20, 120];
const total = 300;

describe('functionals', () => {
  it('are the mean, deviation, range and slope of the frames with sound, however they were cut', () => {
    const plan = planOf();
    const { blocks, described } = blocksOf(plan, rawFrames(total), lengths);
    const values = functionalsOf(merged(plan, blocks));
    for (const [d, { name, group, statistics }] of plan.descriptors.entries()) {
      const frames = described.flatMap(({ values: x, active, voiced }, t) =>
        (group === 'active' ? active : active && voiced) ? [{ t: t * 0.01, x: x[d]! }] : [],
      );
      const n = frames.length;
      const mean = frames.reduce((sum, { x }) => sum + x, 0) / n;
      const deviation = Math.sqrt(frames.reduce((sum, { x }) => sum + (x - mean) ** 2, 0) / n);
      expect(named(plan, values, `${name}_mean`), name).toBeCloseTo(mean, 3);
      expect(named(plan, values, `${name}_sd`), name).toBeCloseTo(deviation, 3);
      if (statistics !== 'full') continue;
      const meanT = frames.reduce((sum, { t }) => sum + t, 0) / n;
      const slope =
        frames.reduce((sum, { t, x }) => sum + (t - meanT) * (x - mean), 0) /
        frames.reduce((sum, { t }) => sum + (t - meanT) ** 2, 0);
      const range = Math.max(...frames.map(({ x }) => x)) - Math.min(...frames.map(({ x }) => x));
      expect(named(plan, values, `${name}_slope`) / slope, name).toBeCloseTo(1, 4);
      expect(named(plan, values, `${name}_range`) / range, name).toBeCloseTo(1, 5);
    }
  });

  it('have percentiles within a bin of the exact ones', () => {
    const plan = planOf({ percentiles: [0.05, 0.25, 0.5, 0.75, 0.95] });
    const { blocks, described } = blocksOf(plan, rawFrames(total), lengths);
    const values = functionalsOf(merged(plan, blocks));
    for (const [d, { name, group, statistics, low, high }] of plan.descriptors.entries()) {
      if (statistics !== 'full') continue;
      const x = described
        .filter(({ active, voiced }) => active && (group === 'active' || voiced))
        .map((frame) => frame.values[d]!)
        .sort((a, b) => a - b);
      for (const share of plan.config.percentiles) {
        const exact = x[Math.ceil(share * x.length) - 1]!;
        const found = named(plan, values, `${name}_p${share * 100}`);
        expect(Math.abs(found - exact), `${name} ${share}`).toBeLessThanOrEqual((high - low) / histogramBins);
      }
    }
  });

  it('do not depend on the order in which neighbours are merged', () => {
    const plan = planOf();
    const { blocks } = blocksOf(plan, rawFrames(total), lengths);
    const forward = merged(plan, blocks);
    const backward = merged(plan, blocks.toReversed());
    const pairs = merged(plan, [
      merged(plan, blocks.slice(4)),
      merged(plan, [blocks[3]!, blocks[2]!]),
      merged(plan, blocks.slice(0, 2)),
    ]);
    for (const other of [backward, pairs]) {
      for (const [i, sum] of forward.sums.entries()) {
        expect(Math.abs(other.sums[i]! / sum - 1), `sum ${i}`).toBeLessThan(1e-9);
      }
      for (const [i, trend] of forward.trends.entries()) {
        expect(Math.abs(other.trends[i]! / trend - 1), `trend ${i}`).toBeLessThan(1e-9);
      }
      expect(other.active).toEqual(forward.active);
      expect(other.voiced).toEqual(forward.voiced);
      expect(other.histograms).toEqual(forward.histograms);
      expect([other.voicedRuns, other.pauses, other.firstFrame, other.frames]).toEqual([
        forward.voicedRuns,
        forward.pauses,
        0,
        total,
      ]);
    }
  });

  it('count a voiced run that lies over a border of blocks once', () => {
    const plan = planOf();
    const { blocks } = blocksOf(
      plan,
      rawFrames(total),
      Array.from({ length: 60 }, () => 5),
    );
    const values = functionalsOf(merged(plan, blocks));
    // 300 frames are five rounds and a half of 9 pause, 18 voiced, 9 noise, 9 voiced, 9 pause.
    expect(merged(plan, blocks).voicedRuns).toBe(11);
    expect(named(plan, values, 'voiced_run_mean_s')).toBeCloseTo((6 * 18 + 5 * 9) / 11 / 100, 5);
    expect(named(plan, values, 'voiced_ratio')).toBeCloseTo((6 * 18 + 5 * 9) / total, 5);
    expect(named(plan, values, 'pause_mean_s')).toBeGreaterThan(0.09);
  });

  it('are those of the same sound wherever it lies in the stream', () => {
    const plan = planOf({ level: 'absolute' });
    const raw = rawFrames(54 * 40);
    const { blocks } = blocksOf(plan, raw, [54, 54 * 38, 54]);
    const late = functionalsOf(blocks[2]!);
    const again = new FunctionalBlock(plan);
    const describer = new FrameDescriber(plan);
    for (let t = 0; t < 54 * 40; t++) {
      describer.next(raw, t * rawSize);
      if (t >= 54 * 39) again.add(describer);
    }
    expect(functionalsOf(again)).toEqual(late);
    expect(again.firstFrame).toBe(54 * 39);
  });

  it('with a relative level do not change with gain', () => {
    const plan = planOf({ level: 'relative' });
    const quiet = functionalsOf(merged(plan, blocksOf(plan, rawFrames(total), [total]).blocks));
    const loud = functionalsOf(merged(plan, blocksOf(plan, rawFrames(total, 2.763), [total]).blocks));
    for (const [i, name] of plan.names.entries()) expect(loud[i], name).toBeCloseTo(quiet[i]!, 2);
  });

  it('are zeros for nothing and for silence', () => {
    const plan = planOf();
    expect(functionalsOf(new FunctionalBlock(plan)).every((x) => x === 0)).toBe(true);
    const raw = new Float32Array(50 * rawSize).fill(-13.8);
    for (let t = 0; t < 50; t++) raw.fill(0, t * rawSize + bands, (t + 1) * rawSize);
    const values = functionalsOf(blocksOf(plan, raw, [50]).blocks[0]!);
    expect(named(plan, values, 'active_ratio')).toBe(0);
    expect(named(plan, values, 'pause_mean_s')).toBeCloseTo(0.5, 6);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  it('have a name each, all different', () => {
    const config: FeatureConfig = { ...defaultFeatureConfig, functionals: defaultFunctionalsConfig };
    const names = functionalNames(config);
    expect(new Set(names).size).toBe(names.length);
    expect(functionalsOf(new FunctionalBlock(planOf())).length).toBe(names.length);
    expect(names.slice(0, 7)).toEqual([
      'level_mean',
      'level_sd',
      'level_p10',
      'level_p50',
      'level_p90',
      'level_range',
      'level_slope',
    ]);
    expect(
      functionalNames({ ...config, functionals: { ...defaultFunctionalsConfig, deltas: false } }),
    ).not.toContain('mfcc3_delta_sd');
  });

  it('refuse overlapping spans and numbers out of range', () => {
    const plan = planOf();
    const { blocks } = blocksOf(plan, rawFrames(60), [30, 30]);
    expect(() => blocks[0]!.merge(blocks[0]!)).toThrow('do not overlap');
    expect(() => planOf({ coefficients: 0 })).toThrow('coefficients must be an integer in [1, 40]');
    expect(() => planOf({ percentiles: [0.5, 0.2] })).toThrow('ascending');
    expect(() => planOf({ gateDb: 3 })).toThrow('gateDb');
    expect(() => functionalNames(defaultFeatureConfig)).toThrow('with functionals');
  });
});
