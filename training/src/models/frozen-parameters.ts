/** Which parameters stay as they are when a model is adapted. */
import type { StreamingModelConfig } from './model-config.ts';
import { streamingModelLayout } from './streaming-model.ts';

/** `front`: the convolutions; `all-but-head`: everything before the classes. */
export type Freeze = 'none' | 'front' | 'all-but-head';

export const freezes: readonly Freeze[] = ['none', 'front', 'all-but-head'];

/** @returns names of parameters, in the order of `streamingModelLayout` */
export function frozenParameters(config: StreamingModelConfig, freeze: Freeze): string[] {
  const names = streamingModelLayout(config).specs.map(({ name }) => name);
  if (freeze === 'none') return [];
  return names.filter((name) =>
    freeze === 'front' ? name.startsWith('conv') : !name.startsWith('classes.'),
  );
}
