export type { LoadedModel } from '../../client/local-options.ts';
