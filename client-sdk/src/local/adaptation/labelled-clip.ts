/** What a head is fitted to: recordings of one voice with what they express. */
import { type StreamingManifest, UndertoneError } from '@undertone/core';
import { streamRanges } from '@undertone/proto';

export interface LabelledClip {
  /** One channel, samples in [-1, 1], 0.3 to 60 s: one utterance. */
  readonly audio: Float32Array;
  /** 8000 to 48000. Default 16000. */
  readonly sampleRateHz?: number;
  /** A label of the model. */
  readonly label: string;
}

export const defaultRateHz = 16_000;
const fewestClipsOfClass = 2;
const fewestClasses = 2;
const mostClips = 600;
const shortestS = 0.3;
const longestS = 60;

/** @throws UndertoneError `bad_parameter`, `bad_audio` naming the clip by its position */
export function checkClips(
  clips: readonly LabelledClip[],
  { labels }: Pick<StreamingManifest, 'labels'>,
): void {
  if (clips.length > mostClips) refuse(`at most ${mostClips} clips`, String(clips.length));
  for (const [i, { audio, sampleRateHz = defaultRateHz, label }] of clips.entries()) {
    if (!labels.includes(label)) refuse(`clip ${i} to have a label of ${labels.join(', ')}`, `"${label}"`);
    const { min, max } = streamRanges.sampleRate;
    if (!(sampleRateHz >= min && sampleRateHz <= max && Number.isInteger(sampleRateHz))) {
      refuse(`clip ${i} at a rate from ${min} to ${max} Hz`, String(sampleRateHz));
    }
    if (!(audio instanceof Float32Array)) refuse(`clip ${i} to be a Float32Array`, typeof audio);
    const seconds = audio.length / sampleRateHz;
    if (!(seconds >= shortestS && seconds <= longestS)) {
      refuse(`clip ${i} to last ${shortestS} to ${longestS} s`, `${seconds.toFixed(2)} s`);
    }
    if (!audio.every(Number.isFinite)) {
      throw new UndertoneError(
        'bad_audio',
        `Expected clip ${i} to hold finite samples; found NaN or infinity.`,
      );
    }
  }
  const counts = new Map<string, number>();
  for (const { label } of clips) counts.set(label, (counts.get(label) ?? 0) + 1);
  const told = [...counts].map(([label, count]) => `${count} of ${label}`).join(', ') || 'none';
  if (counts.size < fewestClasses || [...counts.values()].some((count) => count < fewestClipsOfClass)) {
    refuse(
      `clips of at least ${fewestClasses} labels, ${fewestClipsOfClass} or more of each, so that each can be tested on the others`,
      told,
    );
  }
}

function refuse(expected: string, found: string): never {
  throw new UndertoneError('bad_parameter', `Expected ${expected}; got ${found}.`);
}
