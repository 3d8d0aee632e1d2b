/** The work that feature extraction does for one clip: read once, then every variant that is missing. */
import type { FeatureConfig } from '@undertone/core';
import { UndertoneError } from '@undertone/core';
import { readAudioFile } from '../data/audio-file.ts';
import type { Clip } from '../data/clip.ts';
import { Random } from '../data/random.ts';
import { Babble } from '../preprocess/babble.ts';
import { readNoiseFiles } from '../preprocess/noise-files.ts';
import { makeNonSpeech } from '../preprocess/non-speech.ts';
import { resample } from '../preprocess/speed.ts';
import { trimSilence } from '../preprocess/trim-silence.ts';
import { degrade, timedSpeech, type VariantSpec } from '../preprocess/variant.ts';
import { type ClipFeatures, FrameExtractor } from './clip-features.ts';
import { clipId } from './feature-key.ts';
import { speechTargets } from './speech-targets.ts';

/** Plain data, so that it can be handed to a worker thread. */
export interface ExtractionPlan {
  readonly features: FeatureConfig;
  readonly seed: number;
  readonly clips: readonly Clip[];
  readonly variants: readonly VariantSpec[];
  /** Whose voices make up the babble; none when empty. */
  readonly babbleClips: readonly Clip[];
}

/** One clip's features in every variant of the plan, or why it cannot be used. */
export type ExtractionResult =
  | { readonly index: number; readonly variants: readonly ClipFeatures[] }
  | { readonly index: number; readonly problem: string };

/** Frames of the shortest clip that gives a result: three steps of the model. */
const fewestFrames = 12;
/** Full scale 1. */
const silentPeak = 1e-4;
const largestSample = 16;

export class Extraction {
  readonly #plan: ExtractionPlan;
  readonly #extractor: FrameExtractor;
  readonly #babble: Babble | null;
  /** Recordings of the variants that have background sounds from files, by variant. */
  readonly #tracks: ReadonlyMap<string, readonly Float32Array[]>;

  private constructor(
    plan: ExtractionPlan,
    babble: Babble | null,
    tracks: ReadonlyMap<string, readonly Float32Array[]>,
  ) {
    this.#plan = plan;
    this.#extractor = new FrameExtractor(plan.features);
    this.#babble = babble;
    this.#tracks = tracks;
  }

  static async make(plan: ExtractionPlan): Promise<Extraction> {
    const wanted =
      plan.babbleClips.length > 0 && plan.variants.some((v) => v.noise?.kinds.includes('babble'));
    const tracks = new Map<string, readonly Float32Array[]>();
    for (const { name, noiseFiles } of plan.variants) {
      if (noiseFiles) tracks.set(name, await readNoiseFiles(noiseFiles.files));
    }
    return new Extraction(plan, wanted ? await Babble.make(plan.babbleClips, plan.seed) : null, tracks);
  }

  async run(index: number): Promise<ExtractionResult> {
    const clip = this.#plan.clips[index]!;
    try {
      const audio = await readAudioFile(clip.path, clip.startS, clip.endS);
      checkAudible(clip, audio.samples);
      checkScale(clip, audio.samples);
      const whole = resample(audio.samples, audio.sampleRateHz);
      const trim = this.#plan.features.preprocess?.trimSilence;
      const samples = trim ? trimSilence(whole, trim) : whole;
      return { index, variants: this.#plan.variants.map((spec) => this.#variant(samples, clip, spec)) };
    } catch (error) {
      if (error instanceof UndertoneError) return { index, problem: error.message };
      throw error;
    }
  }

  #variant(samples: Float32Array, clip: Clip, spec: VariantSpec): ClipFeatures {
    const random = new Random(this.#plan.seed, spec.name, clipId(clip));
    const speech = timedSpeech(samples, spec);
    const heard = degrade(speech, spec, clip.speaker, this.#babble, random, this.#tracks.get(spec.name));
    const features = this.#extractor.features(heard, speechTargets(speech));
    if (features.frames < fewestFrames) {
      throw new UndertoneError(
        'bad_wav',
        `${clip.path}: expected at least ${fewestFrames} frames of 10 ms; found ${features.frames}.`,
      );
    }
    if (!features.raw.every(Number.isFinite)) {
      throw new UndertoneError(
        'bad_audio',
        `${clip.path}: expected features that are numbers; found some that are not.`,
      );
    }
    return features;
  }
}

/** A recording that holds nothing teaches its label to silence. */
function checkAudible({ path }: Clip, samples: Float32Array): void {
  if (samples.some((sample) => Math.abs(sample) > silentPeak)) return;
  throw new UndertoneError('bad_audio', `${path}: expected speech; found silence (no sample over -80 dBFS).`);
}

/** Floating-point files may hold integers by mistake; what is a little over full scale was only not clipped. */
function checkScale({ path }: Clip, samples: Float32Array): void {
  const huge = samples.find((sample) => Math.abs(sample) > largestSample);
  if (huge === undefined) return;
  throw new UndertoneError('bad_audio', `${path}: expected samples in [-1, 1]; found ${huge}.`);
}

/** Features of the `index`-th of the sounds that are not speech: 2 to 4.5 seconds. */
export function extractNonSpeech(extractor: FrameExtractor, index: number, seed: number): ClipFeatures {
  const random = new Random(seed, 'non-speech', index);
  return extractor.features(makeNonSpeech(random.between(2, 4.5), random), new Uint8Array(0));
}
