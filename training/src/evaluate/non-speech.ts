/** What a model says of sounds that are not speech. It should say nothing. */
import type { ModelRuntime } from '@undertone/core';
import { Random } from '../data/random.ts';
import { type NonSpeechKind, nonSpeechKinds, nonSpeechSound } from './non-speech-sounds.ts';
import { type HeardStream, streamTogether } from './stream-samples.ts';

export interface NonSpeechScore {
  readonly kind: NonSpeechKind;
  readonly sounds: number;
  /** Share of the sounds for which any result, interim, final or of the whole, named a class. */
  readonly labelled: number;
  /** Share of the time that was taken for speech. */
  readonly speech: number;
}

const soundsPerKind = 5;
const seconds = 6;

export async function scoreNonSpeech(model: ModelRuntime, seed: number): Promise<NonSpeechScore[]> {
  const scores: NonSpeechScore[] = [];
  for (const kind of nonSpeechKinds) {
    const sounds = Array.from({ length: soundsPerKind }, (_, i) =>
      nonSpeechSound(kind, seconds, new Random(seed, 'not speech', kind, i)),
    );
    const heard = await streamTogether(model, sounds);
    scores.push({
      kind,
      sounds: sounds.length,
      labelled: heard.filter(namesClass).length / heard.length,
      speech:
        heard.reduce((sum, { summary }) => sum + summary.speechSamples / summary.audioSamples, 0) /
        heard.length,
    });
  }
  return scores;
}

function namesClass({ events, summary }: HeardStream): boolean {
  return summary.label !== null || events.some((event) => event.type === 'Emotion' && event.label !== null);
}
