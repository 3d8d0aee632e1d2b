export type { LoadedModel } from '../../client/local-options.ts';
export { defaultModelFolder, LocalModel } from './local-model.ts';
