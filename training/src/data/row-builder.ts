/** Builds one row of a batch: reads the clip, changes the room, puts earlier audio before it, normalises, masks. */
import { CausalNormaliser, type FeatureConfig, modelFrameSize, rawFrameSize } from '@undertone/core';
import type { ClipFeatures } from '../features/clip-features.ts';
import type { FeatureFile } from '../features/feature-file.ts';
import { RoomChange } from './background.ts';
import type { AugmentationOptions, BatchSourceOptions } from './batch-options.ts';
import type { ContextPlan, PlannedClip, RowPlan } from './epoch-plan.ts';
import type { Random } from './random.ts';
import { VocalTractWarp } from './vocal-tract.ts';

/** The row without its padding. */
export interface BuiltRow {
  /** `[frames, F]` normalised model inputs. */
  readonly features: Float32Array;
  readonly frames: number;
  /** Frames before the clip begins. */
  readonly contextFrames: number;
  /** `[frames]`: 1 where there is speech. */
  readonly speech: Uint8Array;
}

export class RowBuilder {
  readonly #options: BatchSourceOptions;
  readonly #files: readonly (readonly FeatureFile[])[];
  readonly #nonSpeech: FeatureFile | null;
  readonly #rawSize: number;
  readonly #bySpeaker: ReadonlyMap<string, readonly PlannedClip[]>;
  /** Of the row that is being built. */
  #warp: VocalTractWarp | null = null;

  constructor(
    options: BatchSourceOptions,
    files: readonly (readonly FeatureFile[])[],
    nonSpeech: FeatureFile | null,
    bySpeaker: ReadonlyMap<string, readonly PlannedClip[]>,
  ) {
    this.#options = options;
    this.#files = files;
    this.#nonSpeech = nonSpeech;
    this.#rawSize = rawFrameSize(options.features);
    this.#bySpeaker = bySpeaker;
  }

  build(plan: RowPlan, random: Random): BuiltRow {
    const { features, normalisation, augmentation } = this.#options;
    const size = this.#rawSize;
    this.#warp = plan.clip ? drawWarp(features, augmentation, random) : null;
    const clip = this.#read(plan);
    const room = new RoomChange(features, augmentation, clip.levels, random, this.#isNoisy(plan));
    const contextFrames = plan.context?.frames ?? 0;
    const frames = contextFrames + plan.clipFrames;
    const raw = new Float32Array(frames * size);
    const speech = new Uint8Array(frames);
    const normaliser = new CausalNormaliser(features, normalisation);
    if (plan.context) {
      this.#warmUp(plan, plan.context, room, normaliser, random);
      this.#putContext(plan, plan.context, clip, room, raw, speech, random);
    }
    const own = raw.subarray(contextFrames * size);
    own.set(clip.raw.subarray(plan.startFrame * size, (plan.startFrame + plan.clipFrames) * size));
    speech.set(clip.speech.subarray(plan.startFrame, plan.startFrame + plan.clipFrames), contextFrames);
    room.apply(own, plan.clipFrames, size, clip.levels, speech.subarray(contextFrames));
    const inputs = new Float32Array(frames * modelFrameSize(features));
    normaliser.process(raw, frames, inputs);
    this.#mask(inputs, contextFrames, frames, random);
    return { features: inputs, frames, contextFrames, speech };
  }

  #read(plan: RowPlan): ClipFeatures {
    if (!plan.clip) return this.#nonSpeech!.read(plan.nonSpeechIndex);
    return this.#readClip(plan.clip, plan.variant);
  }

  /** A sound that is not speech is no less part of what is heard than noise behind a voice. */
  #isNoisy({ clip, variant }: RowPlan): boolean {
    return !clip || this.#options.corpora[clip.corpus]!.variants[variant]!.isNoisy;
  }

  /** By the vocal tract of the row. */
  #readClip({ corpus, index }: Pick<PlannedClip, 'corpus' | 'index'>, variant: number): ClipFeatures {
    const clip = this.#files[corpus]![variant]!.read(index);
    this.#warp?.apply(clip);
    return clip;
  }

  /** Lets the normaliser hear earlier audio of the same call that the network is spared. */
  #warmUp(
    plan: RowPlan,
    { warmUpFrames }: ContextPlan,
    room: RoomChange,
    normaliser: CausalNormaliser,
    random: Random,
  ): void {
    const scratch = new Float32Array(1024 * modelFrameSize(this.#options.features));
    for (let left = warmUpFrames; left > 0; ) {
      const other = random.pick(this.#bySpeaker.get(plan.clip!.speaker)!);
      const heard = this.#readClip(other, plan.variant);
      const frames = Math.min(left, heard.frames, 1024);
      room.apply(heard.raw, frames, this.#rawSize, heard.levels, heard.speech);
      normaliser.process(heard.raw, frames, scratch);
      left -= frames;
    }
  }

  /** The end of another clip or of a sound, or frames of this clip's pauses in random order. */
  #putContext(
    plan: RowPlan,
    context: ContextPlan,
    clip: ClipFeatures,
    room: RoomChange,
    raw: Float32Array,
    speech: Uint8Array,
    random: Random,
  ): void {
    const size = this.#rawSize;
    const { frames } = context;
    if (context.kind !== 'pause') {
      const other =
        context.kind === 'sound'
          ? this.#nonSpeech!.read(context.nonSpeechIndex)
          : this.#readClip(context.clip, plan.variant);
      const start = other.frames - frames;
      raw.set(other.raw.subarray(start * size));
      speech.set(other.speech.subarray(start));
      room.apply(raw, frames, size, other.levels, speech);
      return;
    }
    const silent = silentFrames(clip);
    for (let t = 0; t < frames; t++) {
      const from = silent[random.below(silent.length)]!;
      raw.set(clip.raw.subarray(from * size, (from + 1) * size), t * size);
      raw.fill(0, (t + 1) * size - 2, (t + 1) * size);
    }
    room.apply(raw, frames, size, clip.levels, speech);
  }

  /** SpecAugment; masked inputs become 0, which is the running mean, so that the normaliser has not heard the mask. */
  #mask(inputs: Float32Array, contextFrames: number, frames: number, random: Random): void {
    const { masks, maskBands, maskFrames } = this.#options.augmentation;
    const bands = this.#options.features.logMel.bands;
    const size = modelFrameSize(this.#options.features);
    for (let i = 0; i < masks; i++) {
      const width = random.below(maskBands + 1);
      const band = random.below(bands - width + 1);
      for (let t = 0; t < frames; t++) inputs.fill(0, t * size + band, t * size + band + width);
      const length = Math.min(random.below(maskFrames + 1), frames - contextFrames);
      const start = contextFrames + random.below(frames - contextFrames - length + 1);
      inputs.fill(0, start * size, (start + length) * size);
    }
  }
}

function drawWarp(
  features: FeatureConfig,
  { vocalTract }: AugmentationOptions,
  random: Random,
): VocalTractWarp | null {
  if (!vocalTract || !random.chance(vocalTract.probability)) return null;
  return new VocalTractWarp(features, 1 + random.between(-vocalTract.range, vocalTract.range));
}

/** Frames without speech; the quietest frame where there is none. */
function silentFrames({ frames, speech, raw }: ClipFeatures): number[] {
  const silent: number[] = [];
  for (let t = 0; t < frames; t++) if (speech[t] === 0) silent.push(t);
  if (silent.length > 0) return silent;
  const size = raw.length / frames;
  let quietest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let t = 0; t < frames; t++) {
    let sum = 0;
    for (let b = 0; b < size - 2; b++) sum += raw[t * size + b]!;
    if (sum < least) {
      least = sum;
      quietest = t;
    }
  }
  return [quietest];
}
