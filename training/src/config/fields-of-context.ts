/** Fields of an experiment: what was heard before a clip. */
import { number } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface ContextSettings {
  readonly contextProbability: number;
  readonly contextLowS: number;
  readonly contextHighS: number;
  readonly contextSameSpeakerProbability: number;
  readonly contextPauseProbability: number;
  readonly contextSoundProbability: number;
  readonly warmUpProbability: number;
  readonly warmUpS: number;
}

export const contextFields: Fields<ContextSettings> = {
  contextProbability: number(0.35, 0, 1, 'Probability that a row begins with earlier audio of the call.'),
  contextLowS: number(0.5, 0, 60, 'Shortest earlier audio, in seconds.'),
  contextHighS: number(2.5, 0, 60, 'Longest earlier audio, in seconds.'),
  contextSameSpeakerProbability: number(0.8, 0, 1, 'Probability that it is by the same speaker.'),
  contextPauseProbability: number(0.3, 0, 1, 'Probability that it is a pause.'),
  contextSoundProbability: number(0.1, 0, 1, 'Otherwise, probability that it is a sound that is not speech.'),
  warmUpProbability: number(0.4, 0, 1, 'Probability that normalisation has heard still more before.'),
  warmUpS: number(15, 0, 600, 'Most of that, in seconds.'),
};
