/** The configuration of a training run: one list of fields, with which a run can be repeated. */
import { trainingVariants } from '../preprocess/variant.ts';
import { choice, type Field, names, number, resolveFields, text, whole, wholes } from './fields.ts';

export interface Experiment {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly seed: number;
  readonly epochs: number;
  readonly valShare: number;
  readonly validateEvery: number;
  readonly threads: number;
  readonly batchRows: number;
  readonly frameBuckets: readonly number[];
  readonly sampling: 'natural' | 'balanced';
  readonly variants: readonly string[];
  readonly channels: readonly number[];
  readonly convFeatureSize: number;
  readonly pitchSize: number;
  readonly gruSize: number;
  readonly dropout: number;
  readonly learningRate: number;
  readonly warmupShare: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly averageDecay: number;
  readonly labelSmoothing: number;
  readonly speechLossWeight: number;
  readonly spanViews: number;
  readonly spanWeight: number;
  readonly spanSpeechS: number;
  readonly nonSpeechClips: number;
  readonly nonSpeechShare: number;
  readonly nonSpeechWeight: number;
  readonly wideGainProbability: number;
  readonly narrowGainDb: number;
  readonly wideGainLowDb: number;
  readonly wideGainHighDb: number;
  readonly backgroundProbability: number;
  readonly backgroundLowDb: number;
  readonly backgroundHighDb: number;
  readonly masks: number;
  readonly maskBands: number;
  readonly maskFrames: number;
  readonly contextProbability: number;
  readonly contextLowS: number;
  readonly contextHighS: number;
  readonly contextSameSpeakerProbability: number;
  readonly contextPauseProbability: number;
  readonly warmUpProbability: number;
  readonly warmUpS: number;
  readonly priorFrames: number;
  readonly maxFrames: number;
  readonly scale: number;
  readonly priorVoicedFrames: number;
}

const largestSeed = 2 ** 31 - 1;

export const experimentFields: { readonly [K in keyof Experiment]: Field<Experiment[K]> } = {
  modelName: text('undertone-cremad', /^[\w.-]+$/, 'Name of the model in its manifest.'),
  modelVersion: text('0.1.0', /^\d+\.\d+\.\d+$/, 'Version of the model in its manifest.'),
  seed: whole(1, 0, largestSeed, 'Seed of the split, the first weights, the order and all augmentation.'),
  epochs: whole(40, 1, 10_000, 'How often the training clips are gone through.'),
  valShare: number(0.15, 0.01, 0.9, 'Share of the speakers of each corpus and sex held out for validation.'),
  validateEvery: whole(2, 1, 10_000, 'Epochs between two validations.'),
  threads: whole(
    2,
    0,
    64,
    'Threads for features; 0 does everything in one, training too, with the same result.',
  ),
  batchRows: whole(64, 2, 4096, 'Rows of a batch, an even number: half of them go to each training thread.'),
  frameBuckets: wholes(
    [192, 224, 256, 320, 384, 448],
    16,
    6000,
    'Lengths to which rows are filled up, in frames of 10 ms, ascending multiples of 4; longer rows are cropped.',
  ),
  sampling: choice(
    'natural',
    ['natural', 'balanced'],
    'natural: every clip once an epoch, weighted by class; balanced: as many rows of each class.',
  ),
  variants: names(
    trainingVariants.map((variant) => variant.name),
    'The ways in which clips are heard, each as often as the others.',
  ),
  channels: wholes([16, 32, 48, 64], 1, 1024, 'Output channels of each convolution.'),
  convFeatureSize: whole(96, 1, 4096, 'Features of a step made of the convolutions.'),
  pitchSize: whole(16, 1, 4096, 'Features of a step made of pitch.'),
  gruSize: whole(128, 1, 4096, 'Hidden units of the recurrent layer.'),
  dropout: number(0.3, 0, 0.95, 'Share of pooled values dropped in training.'),
  learningRate: number(2e-3, 1e-8, 1, 'Highest learning rate of the one-cycle schedule.'),
  warmupShare: number(0.3, 0, 1, 'Share of the steps in which the learning rate rises.'),
  weightDecay: number(0.01, 0, 1, 'Decoupled weight decay.'),
  clipNorm: number(5, 1e-6, 1e6, 'Largest norm of a gradient.'),
  averageDecay: number(0.99, 0, 0.999999, 'Share of the averaged weights kept at each step.'),
  labelSmoothing: number(0.1, 0, 0.9, 'Share of a target spread over all classes.'),
  speechLossWeight: number(0.3, 0, 100, 'Weight of speech detection beside emotion.'),
  spanViews: whole(2, 1, 16, 'Random spans of each clip that are judged beside the whole.'),
  spanWeight: number(0.5, 0, 100, 'Weight of all spans together; the whole clip has 1.'),
  spanSpeechS: number(0.4, 0.04, 10, 'Least speech in a span, in seconds.'),
  nonSpeechClips: whole(400, 0, 100_000, 'Sounds that are not speech, made once.'),
  nonSpeechShare: number(0.04, 0, 0.5, 'Share of the rows that are such sounds.'),
  nonSpeechWeight: number(0.5, 0, 10, 'Weight of their target, in which all classes are equal.'),
  wideGainProbability: number(0.4, 0, 1, 'Probability of the wide range of level.'),
  narrowGainDb: number(6, 0, 60, 'Otherwise the level changes by up to this, either way.'),
  wideGainLowDb: number(-24, -80, 40, 'Least change of level in the wide range.'),
  wideGainHighDb: number(12, -80, 40, 'Greatest change of level in the wide range.'),
  backgroundProbability: number(0.5, 0, 1, 'Probability that the noise floor is replaced.'),
  backgroundLowDb: number(15, 0, 100, 'Least distance of the new floor under the loud level.'),
  backgroundHighDb: number(70, 0, 100, 'Greatest distance of the new floor under the loud level.'),
  masks: whole(2, 0, 16, 'Masks over bands, and masks over time.'),
  maskBands: whole(10, 0, 64, 'Greatest width of a mask over bands.'),
  maskFrames: whole(20, 0, 1000, 'Greatest length of a mask over time, in frames of 10 ms.'),
  contextProbability: number(0.35, 0, 1, 'Probability that a row begins with earlier audio of the call.'),
  contextLowS: number(0.5, 0, 60, 'Shortest earlier audio, in seconds.'),
  contextHighS: number(2.5, 0, 60, 'Longest earlier audio, in seconds.'),
  contextSameSpeakerProbability: number(0.8, 0, 1, 'Probability that it is by the same speaker.'),
  contextPauseProbability: number(0.3, 0, 1, 'Probability that it is a pause.'),
  warmUpProbability: number(0.4, 0, 1, 'Probability that normalisation has heard still more before.'),
  warmUpS: number(15, 0, 600, 'Most of that, in seconds.'),
  priorFrames: number(100, 0, 1e6, 'Weight of the prior mean in causal normalisation, in frames.'),
  maxFrames: number(3000, 1, 1e9, 'Frames after which the running mean becomes exponential.'),
  scale: number(4, 1e-6, 1e6, 'Centred log-mel values are divided by this.'),
  priorVoicedFrames: number(50, 0, 1e6, 'Weight of the prior of F0, in voiced frames.'),
};

/**
 * Defaults, then each source over them.
 * @throws UndertoneError `bad_config`
 */
export function resolveExperiment(...sources: readonly Readonly<Record<string, unknown>>[]): Experiment {
  return resolveFields<Experiment>(experimentFields, ...sources);
}
