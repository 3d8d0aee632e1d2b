export type { LoadedModel } from '../../client/local-options.ts';
export type { LocalModelOptions } from './local-model.ts';
export { LocalModel } from './local-model.ts';
