/** Answers for files, as a server gives them: each is one stream from its beginning to its end. */
import { BatchScheduler, type Judgement, type ModelRuntime, UndertoneError } from '@undertone/core';
import { readAudioFile } from '../data/audio-file.ts';
import { type HeardStream, streamSamples } from '../evaluate/stream-samples.ts';
import { sampleRateHz } from '../preprocess/speed.ts';

export interface PredictedFile {
  readonly path: string;
  /** Part of the file; absent for all of it. */
  readonly startS?: number | undefined;
  readonly endS?: number | undefined;
}

/** Seconds and names as the server's messages have them. */
export interface PredictedSegment extends Judgement {
  readonly start: number;
  readonly end: number;
}

export interface Prediction extends Judgement {
  readonly audio_s: number;
  readonly speech_s: number;
  /** Share of each label in the time of the segments that have one. */
  readonly share: Readonly<Record<string, number>>;
  readonly segments: readonly PredictedSegment[];
}

export type PredictionResult<T extends PredictedFile> =
  | { readonly file: T; readonly prediction: Prediction }
  | { readonly file: T; readonly error: UndertoneError };

/** Files that are open at the same time, so that they go through the network together. */
const together = 8;

/**
 * @param onResult told of every file, in their order; one that cannot be read is an error of that file only
 * @throws UndertoneError `aborted`
 */
export async function predictFiles<T extends PredictedFile>(
  model: ModelRuntime,
  files: readonly T[],
  onResult: (result: PredictionResult<T>, index: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const scheduler = new BatchScheduler(model);
  try {
    for (let at = 0; at < files.length; at += together) {
      if (signal?.aborted) throw new UndertoneError('aborted', 'Predicting was stopped.');
      const results = await Promise.all(
        files.slice(at, at + together).map((file) => predictFile(scheduler, file)),
      );
      for (const [i, result] of results.entries()) onResult(result, at + i);
    }
  } finally {
    await scheduler.close();
  }
}

async function predictFile<T extends PredictedFile>(
  scheduler: BatchScheduler,
  file: T,
): Promise<PredictionResult<T>> {
  try {
    const audio = await readAudioFile(file.path, file.startS, file.endS);
    const heard = await streamSamples(scheduler, audio.samples, audio.sampleRateHz, false);
    return { file, prediction: toPrediction(heard) };
  } catch (error) {
    if (error instanceof UndertoneError) return { file, error };
    throw error;
  }
}

function toPrediction({ events, summary }: HeardStream): Prediction {
  const seconds = (samples: number): number => samples / sampleRateHz;
  const segments = events.flatMap((event) =>
    event.type === 'Emotion' && event.isFinal
      ? [{ start: seconds(event.startSample), end: seconds(event.endSample), ...judgementOf(event) }]
      : [],
  );
  return {
    ...judgementOf(summary),
    audio_s: seconds(summary.audioSamples),
    speech_s: seconds(summary.speechSamples),
    share: summary.share,
    segments,
  };
}

function judgementOf({ label, abstain, confidence, scores, sentiment, dimensions }: Judgement): Judgement {
  return { label, ...(abstain && { abstain }), confidence, scores, sentiment, dimensions };
}
