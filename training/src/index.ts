/** From recordings to a model: corpora, splits, features, batches, training, evaluation. The command is `cli/main.ts`. */
export { type Experiment, experimentFields, resolveExperiment } from './config/experiment.ts';
export { readAudioFile } from './data/audio-file.ts';
export type { BatchSourceOptions } from './data/batch-options.ts';
export { createBatchSource } from './data/batch-source.ts';
export type { Clip, Corpus, Sex } from './data/clip.ts';
export { type CorpusOptions, loadCorpus, loadRawCorpus } from './data/corpus.ts';
export type { DecodedAudio } from './data/decoded-audio.ts';
export { type Evaluation, evaluateModel } from './evaluate/evaluation.ts';
export { openModelFolder } from './evaluate/model-folder.ts';
export {
  type ExperimentResult,
  type ExperimentRun,
  runExperiment,
} from './experiment/run-experiment.ts';
export { type CachedVariant, FeatureCache, type FeatureCacheOptions } from './features/feature-cache.ts';
export { measureNormalisation } from './features/normalisation-prior.ts';
export { evaluationVariants, trainingVariants, type VariantSpec } from './preprocess/variant.ts';
export { groupedFolds, type Split, splitByShare, splitBySpeakers } from './split/split.ts';
export { type BenchmarkResult, benchmarkTraining } from './train/benchmark/benchmark.ts';
export type { NetworkName } from './train/benchmark/networks.ts';
