export type { Companding } from './audio/g711.ts';
export { aLawSamples, decodeG711, encodeG711, muLawSamples, toALaw, toMuLaw } from './audio/g711.ts';
export type { AudioEncoding } from './audio/pcm-decoder.ts';
export { bytesPerSample, PcmDecoder } from './audio/pcm-decoder.ts';
export { highestRateHz, lowestRateHz, Resampler } from './audio/resampler.ts';
export type { SampleStage } from './audio/sample-stage.ts';
export type { ErrorCode, ErrorSpec } from './errors.ts';
export { errorSpecs, UndertoneError } from './errors.ts';
export type { NormalisationConfig } from './features/causal-normaliser.ts';
export { CausalNormaliser, modelFrameSize } from './features/causal-normaliser.ts';
export type { DescriptorConfig, SpectralConfig } from './features/descriptor-config.ts';
export { defaultDescriptorConfig, librosaDescriptorConfig } from './features/descriptor-config.ts';
export { DescriptorFrontEnd, descriptorNames } from './features/descriptor-front-end.ts';
export type { FeatureConfig, LogMelConfig, PitchConfig } from './features/feature-config.ts';
export { defaultFeatureConfig, featureCodeVersion, rawFrameSize } from './features/feature-config.ts';
export { featureHash } from './features/feature-hash.ts';
export type { FrontEndOptions } from './features/front-end.ts';
export { FeatureKernel, FrontEnd } from './features/front-end.ts';
export { FrameDescriber } from './features/functionals/frame-describer.ts';
export { FunctionalBlock } from './features/functionals/functional-block.ts';
export type { FunctionalsConfig } from './features/functionals/functionals-config.ts';
export { defaultFunctionalsConfig } from './features/functionals/functionals-config.ts';
export { functionalsOf } from './features/functionals/functionals-of.ts';
export type { Descriptor, DescriptorGroup } from './features/functionals/functionals-plan.ts';
export { FunctionalsPlan, functionalNames } from './features/functionals/functionals-plan.ts';
export { LogMel } from './features/log-mel.ts';
export type { ReserveFrames } from './features/signal-path.ts';
export { RawSignalPath, SignalKernel, SignalPath } from './features/signal-path.ts';
export type * from './model/manifest.ts';
export type * from './model/model-runtime.ts';
export type {
  ModelFiles,
  OrtLike,
  OrtSessionLike,
  OrtTensorLike,
} from './model/onnx-model.ts';
export { loadModel } from './model/onnx-model.ts';
export { validateManifest } from './model/validate-manifest.ts';
export { calibratedScores, judge } from './sentiment/judge.ts';
export type { BatchSchedulerOptions, BatchStats } from './stream/batch-scheduler.ts';
export { BatchScheduler } from './stream/batch-scheduler.ts';
export type * from './stream/events.ts';
export { PoolSum } from './stream/pool-sum.ts';
export type { StreamDefaults, StreamRecogniserOptions } from './stream/stream-recogniser.ts';
export { StreamRecogniser, streamDefaults } from './stream/stream-recogniser.ts';
