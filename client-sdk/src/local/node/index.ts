export type { LoadedModel } from '../../client/local-options.ts';
export type { AdaptOptions, AdaptProgress } from '../adaptation/adapt-model.ts';
export type { AdaptationReport } from '../adaptation/adaptation.ts';
export { Adaptation } from '../adaptation/adaptation.ts';
export type { Measured } from '../adaptation/held-out.ts';
export type { LabelledClip } from '../adaptation/labelled-clip.ts';
export { adapt } from './adapt.ts';
export { LocalModel } from './local-model.ts';
