/**
 * Partial sums of descriptors over a span of frames. Sums of neighbouring spans merge by addition, so that a window costs
 * the same at any overlap and nothing is ever subtracted.
 */
import { UndertoneError } from '../../errors.ts';
import type { StateReader } from '../../stream/state-reader.ts';
import type { StateWriter } from '../../stream/state-writer.ts';
import type { FrameDescriber } from './frame-describer.ts';
import { type FunctionalsPlan, histogramBins } from './functionals-plan.ts';

/** Times of the frames of one group, relative to the block's first frame. */
interface GroupSums {
  count: number;
  /** sum t and sum t^2, in frames. */
  times: number;
  squares: number;
}

export class FunctionalBlock {
  readonly plan: FunctionalsPlan;
  readonly active: GroupSums = { count: 0, times: 0, squares: 0 };
  readonly voiced: GroupSums = { count: 0, times: 0, squares: 0 };
  /** Per descriptor: sum x, sum x^2. */
  readonly sums: Float64Array;
  /** Per descriptor with all statistics: sum t x with t in frames since `firstFrame`, min x, max x. */
  readonly trends: Float64Array;
  /** `[descriptors with all statistics, histogramBins]` counts. */
  readonly histograms: Uint32Array;
  /** Index in the stream of the first frame. */
  firstFrame = 0;
  frames = 0;
  /** Runs of voiced and of silent frames, those at the ends included. */
  voicedRuns = 0;
  pauses = 0;
  #startsVoiced = false;
  #endsVoiced = false;
  #startsSilent = false;
  #endsSilent = false;

  constructor(plan: FunctionalsPlan) {
    this.plan = plan;
    this.sums = new Float64Array(2 * plan.descriptors.length);
    this.trends = new Float64Array(3 * plan.fullCount);
    this.histograms = new Uint32Array(
      plan.config.percentiles.length > 0 ? plan.fullCount * histogramBins : 0,
    );
    this.reset();
  }

  reset(): void {
    this.sums.fill(0);
    this.histograms.fill(0);
    for (let i = 0; i < this.trends.length; i += 3) {
      this.trends[i] = 0;
      this.trends[i + 1] = Number.POSITIVE_INFINITY;
      this.trends[i + 2] = Number.NEGATIVE_INFINITY;
    }
    for (const group of [this.active, this.voiced]) {
      group.count = 0;
      group.times = 0;
      group.squares = 0;
    }
    this.firstFrame = 0;
    this.frames = 0;
    this.voicedRuns = 0;
    this.pauses = 0;
    this.#startsVoiced = false;
    this.#endsVoiced = false;
    this.#startsSilent = false;
    this.#endsSilent = false;
  }

  copyFrom(other: FunctionalBlock): void {
    this.sums.set(other.sums);
    this.trends.set(other.trends);
    this.histograms.set(other.histograms);
    Object.assign(this.active, other.active);
    Object.assign(this.voiced, other.voiced);
    this.firstFrame = other.firstFrame;
    this.frames = other.frames;
    this.voicedRuns = other.voicedRuns;
    this.pauses = other.pauses;
    this.#startsVoiced = other.#startsVoiced;
    this.#endsVoiced = other.#endsVoiced;
    this.#startsSilent = other.#startsSilent;
    this.#endsSilent = other.#endsSilent;
  }

  /** Adds the frame that `frame` described last, which follows the block's last frame. */
  add(frame: FrameDescriber): void {
    const silent = !frame.active;
    if (this.frames === 0) {
      this.firstFrame = frame.frames - 1;
      this.#startsVoiced = frame.voiced;
      this.#startsSilent = silent;
    }
    if (frame.voiced && !this.#endsVoiced) this.voicedRuns++;
    if (silent && !this.#endsSilent) this.pauses++;
    this.#endsVoiced = frame.voiced;
    this.#endsSilent = silent;
    const time = this.frames++;
    if (frame.active) count(this.active, time);
    if (frame.voiced) count(this.voiced, time);
    if (frame.active) this.#addValues(frame, time);
  }

  /**
   * Adds the sums of a neighbouring span, before or after this one.
   * @throws UndertoneError `internal` when the two overlap
   */
  merge(other: FunctionalBlock): void {
    if (other.frames === 0) return;
    if (this.frames === 0) {
      this.copyFrom(other);
      return;
    }
    const first = other.firstFrame < this.firstFrame ? other : this;
    const second = first === this ? other : this;
    const gap = second.firstFrame - (first.firstFrame + first.frames);
    if (gap < 0) {
      throw new UndertoneError('internal', `expected spans that do not overlap, got ${-gap} shared frames`);
    }
    const shift = second.firstFrame - first.firstFrame;
    const own = second === this ? shift : 0;
    const others = second === this ? 0 : shift;
    this.#mergeTrends(other, own, others);
    mergeGroup(this.active, other.active, own, others);
    mergeGroup(this.voiced, other.voiced, own, others);
    for (let i = 0; i < this.sums.length; i++) this.sums[i] = this.sums[i]! + other.sums[i]!;
    const bins = this.histograms;
    for (let i = 0; i < bins.length; i++) bins[i] = bins[i]! + other.histograms[i]!;
    const joined = gap === 0;
    const voicedAcross = joined && first.#endsVoiced && second.#startsVoiced;
    const silentAcross = joined && first.#endsSilent && second.#startsSilent;
    this.voicedRuns += other.voicedRuns - Number(voicedAcross);
    this.pauses += other.pauses - Number(silentAcross);
    const starts = { voiced: first.#startsVoiced, silent: first.#startsSilent };
    const ends = { voiced: second.#endsVoiced, silent: second.#endsSilent };
    this.firstFrame = first.firstFrame;
    this.frames += other.frames;
    this.#startsVoiced = starts.voiced;
    this.#startsSilent = starts.silent;
    this.#endsVoiced = ends.voiced;
    this.#endsSilent = ends.silent;
  }

  writeState(writer: StateWriter): void {
    writer.count(this.frames);
    if (this.frames === 0) return;
    writer.array(this.sums);
    writer.array(this.trends);
    writer.sparse(this.histograms);
    for (const { count, times, squares } of [this.active, this.voiced]) {
      for (const value of [count, times, squares]) writer.count(value);
    }
    writer.count(this.voicedRuns);
    writer.count(this.pauses);
    writer.flag(this.#startsVoiced);
    writer.flag(this.#endsVoiced);
    writer.flag(this.#startsSilent);
    writer.flag(this.#endsSilent);
  }

  /**
   * Reads a block that ends before frame `endFrame` of the stream.
   * @param mostFrames the snapshot may hold no more
   */
  readState(reader: StateReader, endFrame: number, mostFrames: number): void {
    this.reset();
    this.frames = reader.count(Math.min(mostFrames, endFrame));
    if (this.frames === 0) return;
    this.firstFrame = endFrame - this.frames;
    reader.array(this.sums);
    reader.array(this.trends, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    reader.sparse(this.histograms);
    for (const group of [this.active, this.voiced]) {
      group.count = reader.count(this.frames);
      group.times = reader.count();
      group.squares = reader.count();
    }
    this.voicedRuns = reader.count(this.frames);
    this.pauses = reader.count(this.frames);
    this.#startsVoiced = reader.flag();
    this.#endsVoiced = reader.flag();
    this.#startsSilent = reader.flag();
    this.#endsSilent = reader.flag();
  }

  #addValues(frame: FrameDescriber, time: number): void {
    const { descriptors, fullCount } = this.plan;
    const { sums, trends } = this;
    for (let d = 0; d < descriptors.length; d++) {
      if (descriptors[d]!.group === 'voiced' && !frame.voiced) continue;
      const x = frame.values[d]!;
      sums[2 * d] = sums[2 * d]! + x;
      sums[2 * d + 1] = sums[2 * d + 1]! + x * x;
      if (d >= fullCount) continue;
      const t = 3 * d;
      trends[t] = trends[t]! + time * x;
      if (x < trends[t + 1]!) trends[t + 1] = x;
      if (x > trends[t + 2]!) trends[t + 2] = x;
      this.#addToHistogram(d, x);
    }
  }

  #addToHistogram(d: number, x: number): void {
    if (this.histograms.length === 0) return;
    const { low, high } = this.plan.descriptors[d]!;
    const bin = Math.floor(((x - low) / (high - low)) * histogramBins);
    const at = d * histogramBins + Math.max(0, Math.min(histogramBins - 1, bin));
    this.histograms[at] = this.histograms[at]! + 1;
  }

  /** `own` and `others`: frames by which the origins of this block and of the other move back. */
  #mergeTrends(other: FunctionalBlock, own: number, others: number): void {
    const mine = this.trends;
    const theirs = other.trends;
    for (let d = 0, t = 0; t < mine.length; d++, t += 3) {
      mine[t] = mine[t]! + own * this.sums[2 * d]! + (theirs[t]! + others * other.sums[2 * d]!);
      mine[t + 1] = Math.min(mine[t + 1]!, theirs[t + 1]!);
      mine[t + 2] = Math.max(mine[t + 2]!, theirs[t + 2]!);
    }
  }
}

function count(group: GroupSums, time: number): void {
  group.count++;
  group.times += time;
  group.squares += time * time;
}

function mergeGroup(mine: GroupSums, theirs: GroupSums, own: number, others: number): void {
  mine.squares =
    mine.squares +
    2 * own * mine.times +
    own * own * mine.count +
    (theirs.squares + 2 * others * theirs.times + others * others * theirs.count);
  mine.times += own * mine.count + (theirs.times + others * theirs.count);
  mine.count += theirs.count;
}
