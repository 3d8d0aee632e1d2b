/** Fits a model to one voice, in the worker that has the model. */
import type { AdaptOptions } from '../adaptation/adapt-model.ts';
import { Adaptation } from '../adaptation/adaptation.ts';
import type { LabelledClip } from '../adaptation/labelled-clip.ts';
import type { LocalModel } from './local-model.ts';

/**
 * @throws UndertoneError `bad_parameter` for too few clips, labels that the model does not have, or lengths and rates out of
 * range; `bad_audio` for a clip without speech; `model_mismatch` for a model that cannot be adapted; `aborted`
 */
export async function adapt(
  model: LocalModel,
  clips: readonly LabelledClip[],
  { onProgress, signal }: AdaptOptions = {},
): Promise<Adaptation> {
  const bytes = await model.host.adapt(clips, (progress) => onProgress?.(progress), signal);
  return Adaptation.fromBytes(bytes);
}
