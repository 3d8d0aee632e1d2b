/** Fields of an experiment: what is asked of the outputs. */
import { number, whole } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface LossSettings {
  readonly labelSmoothing: number;
  readonly speechLossWeight: number;
  readonly spanViews: number;
  readonly spanWeight: number;
  readonly spanSpeechS: number;
}

export const lossFields: Fields<LossSettings> = {
  labelSmoothing: number(0.1, 0, 0.9, 'Share of a target spread over all classes.'),
  speechLossWeight: number(0.3, 0, 100, 'Weight of speech detection beside emotion.'),
  spanViews: whole(2, 1, 16, 'Random spans of each clip that are judged beside the whole.'),
  spanWeight: number(0.5, 0, 100, 'Weight of all spans together; the whole clip has 1.'),
  spanSpeechS: number(0.4, 0.04, 10, 'Least speech in a span, in seconds.'),
};
