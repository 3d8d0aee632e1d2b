/**
 * The order of an epoch: which clip, in which variant, after what, in which batch. Made from index entries alone, so that
 * every worker thread can make the whole plan and build only its own rows.
 */
import type { BatchSourceOptions } from './batch-options.ts';
import { Random } from './random.ts';

/** A clip as the plan sees it. */
export interface PlannedClip {
  readonly corpus: number;
  readonly index: number;
  readonly speaker: string;
  /** Position in `labels`. */
  readonly label: number;
  /** Share of each class; null where the label is all. */
  readonly target: readonly number[] | null;
  /** Frames in each variant. */
  readonly frames: readonly number[];
}

export interface ContextPlan {
  readonly kind: 'speech' | 'pause' | 'sound';
  /** Whose audio; for a pause or a sound the row's own clip. */
  readonly clip: PlannedClip;
  /** Of a sound. */
  readonly nonSpeechIndex: number;
  readonly frames: number;
  /** Frames that only the normaliser has heard before. */
  readonly warmUpFrames: number;
}

export interface RowPlan {
  /** Null for a sound without speech, which `nonSpeechIndex` then names. */
  readonly clip: PlannedClip | null;
  readonly nonSpeechIndex: number;
  readonly variant: number;
  readonly context: ContextPlan | null;
  /** First frame used of the clip, and how many. */
  readonly startFrame: number;
  readonly clipFrames: number;
  /** Unique in the epoch; seeds what is random in the row. */
  readonly row: number;
}

export interface BatchPlan {
  readonly frames: number;
  readonly rows: readonly RowPlan[];
}

export interface PlanInputs {
  readonly options: BatchSourceOptions;
  readonly clips: readonly PlannedClip[];
  readonly bySpeaker: ReadonlyMap<string, readonly PlannedClip[]>;
  readonly nonSpeechFrames: readonly number[];
}

/** Rows are sorted by length within this many batches, so that a batch is of one length and the order stays random. */
const batchesSorted = 16;
const framesPerSecond = 100;

export function batchesPerEpoch({ options, clips, nonSpeechFrames }: PlanInputs): number {
  const share = nonSpeechFrames.length > 0 ? options.nonSpeechShare : 0;
  const rows = clips.length / (1 - share);
  return Math.max(1, Math.round(rows / (options.shards * options.shardRows)));
}

/** All batches of an epoch; rows of a batch alternate between its shards. */
export function planEpoch(inputs: PlanInputs, epoch: number): BatchPlan[] {
  const { options } = inputs;
  const random = new Random(options.seed, 'epoch', epoch);
  const batchRows = options.shards * options.shardRows;
  const count = batchesPerEpoch(inputs);
  const rows = drawRows(inputs, count * batchRows, random);
  const batches: BatchPlan[] = [];
  for (let start = 0; start < count; start += batchesSorted) {
    const window = rows.slice(start * batchRows, Math.min(count, start + batchesSorted) * batchRows);
    window.sort((a, b) => rowFrames(a) - rowFrames(b) || a.row - b.row);
    const some: BatchPlan[] = [];
    for (let at = 0; at < window.length; at += batchRows) {
      const batch = window.slice(at, at + batchRows);
      some.push({ frames: bucketOf(options.frameBuckets, rowFrames(batch.at(-1)!)), rows: batch });
    }
    batches.push(...random.shuffle(some));
  }
  return batches;
}

function rowFrames(row: RowPlan): number {
  return row.clipFrames + (row.context?.frames ?? 0);
}

function bucketOf(buckets: readonly number[], frames: number): number {
  return buckets.find((bucket) => bucket >= frames) ?? buckets.at(-1)!;
}

function drawRows(inputs: PlanInputs, count: number, random: Random): RowPlan[] {
  const { options, nonSpeechFrames } = inputs;
  const nonSpeech = nonSpeechFrames.length > 0 ? Math.round(count * options.nonSpeechShare) : 0;
  const clips = drawClips(inputs, count - nonSpeech, random);
  const rows: RowPlan[] = clips.map((clip, row) => speechRow(inputs, clip, row, random));
  for (let row = rows.length; row < count; row++) {
    const index = random.below(nonSpeechFrames.length);
    rows.push({
      clip: null,
      nonSpeechIndex: index,
      variant: 0,
      context: null,
      ...cropped(nonSpeechFrames[index]!, options, random),
      row,
    });
  }
  return random.shuffle(rows);
}

/** Every clip once before any clip twice. */
function drawClips({ options, clips }: PlanInputs, count: number, random: Random): PlannedClip[] {
  const drawn: PlannedClip[] = [];
  if (options.sampling === 'natural') {
    while (drawn.length < count) drawn.push(...random.shuffle([...clips]));
    return drawn.slice(0, count);
  }
  const classes = options.labels.map((_, label) => clips.filter((clip) => clip.label === label));
  const present = classes.filter((members) => members.length > 0);
  for (const members of present) {
    const wanted = drawn.length + Math.ceil(count / present.length);
    while (drawn.length < wanted) {
      drawn.push(...random.shuffle([...members]).slice(0, wanted - drawn.length));
    }
  }
  return random.shuffle(drawn).slice(0, count);
}

function speechRow(inputs: PlanInputs, clip: PlannedClip, row: number, random: Random): RowPlan {
  const { options } = inputs;
  const variant = pickVariant(options, clip.corpus, random);
  const part = cropped(clip.frames[variant]!, options, random);
  const room = options.frameBuckets.at(-1)! - part.clipFrames;
  const context = planContext(inputs, clip, variant, room, random);
  return { clip, nonSpeechIndex: 0, variant, context, ...part, row };
}

function cropped(
  frames: number,
  { frameBuckets, stepFrames }: BatchSourceOptions,
  random: Random,
): { startFrame: number; clipFrames: number } {
  const most = frameBuckets.at(-1)!;
  const clipFrames = Math.min(most, frames - (frames % stepFrames));
  return { startFrame: random.below(frames - clipFrames + 1) * (frames > most ? 1 : 0), clipFrames };
}

function pickVariant(options: BatchSourceOptions, corpus: number, random: Random): number {
  const { variants } = options.corpora[corpus]!;
  let rest = random.uniform() * variants.reduce((sum, variant) => sum + variant.weight, 0);
  for (const [i, variant] of variants.entries()) {
    rest -= variant.weight;
    if (rest < 0) return i;
  }
  return variants.length - 1;
}

function planContext(
  inputs: PlanInputs,
  clip: PlannedClip,
  variant: number,
  room: number,
  random: Random,
): ContextPlan | null {
  const { options, nonSpeechFrames } = inputs;
  const { context, stepFrames } = options;
  if (!random.chance(context.probability)) return null;
  const wanted = Math.round(random.between(context.lowS, context.highS) * framesPerSecond);
  const kind = drawKind(inputs, random);
  const nonSpeechIndex = kind === 'sound' ? random.below(nonSpeechFrames.length) : 0;
  const other = kind === 'speech' ? otherClip(inputs, clip, random) : clip;
  const heard = {
    speech: other.frames[variant]!,
    pause: wanted,
    sound: nonSpeechFrames[nonSpeechIndex] ?? 0,
  };
  const frames = Math.min(wanted, room, heard[kind]);
  const warmUpFrames = random.chance(context.warmUpProbability)
    ? Math.round(random.between(0, context.warmUpS) * framesPerSecond)
    : 0;
  return {
    kind,
    clip: other,
    nonSpeechIndex,
    frames: Math.max(0, frames - (frames % stepFrames)),
    warmUpFrames,
  };
}

function drawKind({ options, nonSpeechFrames }: PlanInputs, random: Random): ContextPlan['kind'] {
  if (random.chance(options.context.pauseProbability)) return 'pause';
  return nonSpeechFrames.length > 0 && random.chance(options.context.soundProbability) ? 'sound' : 'speech';
}

function otherClip(
  { options, clips, bySpeaker }: PlanInputs,
  clip: PlannedClip,
  random: Random,
): PlannedClip {
  const same = bySpeaker.get(clip.speaker)!;
  if (random.chance(options.context.sameSpeakerProbability)) return random.pick(same);
  // Within the corpus: variants are counted per corpus.
  const other = random.pick(clips);
  return other.corpus === clip.corpus ? other : random.pick(same);
}
