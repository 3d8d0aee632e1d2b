/** Adaptation in this process (Node). */
import { type AdaptOptions, adaptModel } from '../adaptation/adapt-model.ts';
import type { Adaptation } from '../adaptation/adaptation.ts';
import type { LabelledClip } from '../adaptation/labelled-clip.ts';
import type { LocalModel } from './local-model.ts';

/**
 * Fits the head of a model to one voice: a few labelled clips in, and out what `Recognizer` takes as `adaptation`. Clips that
 * are left out, each in turn, tell when to stop and whether it is any better; if not, the result changes nothing.
 * @throws UndertoneError `bad_parameter` for fewer than two clips of each of two labels, labels that the model does not have,
 * lengths and rates out of range; `bad_audio` for a clip without speech; `model_mismatch` for a model that cannot be adapted;
 * `aborted`
 */
export function adapt(
  model: LocalModel,
  clips: readonly LabelledClip[],
  options: AdaptOptions = {},
): Promise<Adaptation> {
  return adaptModel(model, clips, options);
}
