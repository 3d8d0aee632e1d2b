/** Compares a model's speech detection with another detector's probabilities for the same recordings. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelRuntime, UndertoneError } from '@undertone/core';
import { readAudioFile } from '../data/audio-file.ts';
import { readCsv } from '../data/csv.ts';
import { resample } from '../preprocess/speed.ts';
import { areaUnderCurve } from './area-under-curve.ts';
import { speechLogits } from './speech-logits.ts';

export interface SpeechReferenceScore {
  /** Column of the reference. */
  readonly detector: string;
  /** Over all steps of all recordings; positive where the reference has at least 0.5. */
  readonly auc: number;
  readonly recordings: number;
  readonly steps: number;
}

/** Probabilities of another detector for one recording. */
interface Reference {
  readonly name: string;
  readonly audioPath: string;
  readonly startSamples: readonly number[];
  /** By detector, one for each of `startSamples`. */
  readonly probabilities: ReadonlyMap<string, readonly number[]>;
}

const ending = '.silero.csv';
const startColumn = 'start_sample';

/**
 * @param folder `NAME.silero.csv` with a column `start_sample` (of 16 kHz) and one or more columns of probabilities, each
 * for the samples up to the next row; the recordings are `NAME.wav` beside them or in `wav` beside the folder
 * @throws UndertoneError `bad_corpus`, `file_not_found`
 */
export async function scoreSpeechReference(
  model: ModelRuntime,
  folder: string,
): Promise<SpeechReferenceScore[]> {
  const references = await readReferences(folder);
  const found = new Map<string, { scores: number[]; positive: number[] }>();
  for (const { audioPath, startSamples, probabilities } of references) {
    const audio = await readAudioFile(audioPath);
    const { logits, centreSamples } = await speechLogits(model, resample(audio.samples, audio.sampleRateHz));
    for (const [detector, values] of probabilities) {
      const all = found.get(detector) ?? { scores: [], positive: [] };
      found.set(detector, all);
      let row = 0;
      for (const [step, centre] of centreSamples.entries()) {
        while ((startSamples[row + 1] ?? Number.POSITIVE_INFINITY) <= centre) row++;
        all.scores.push(logits[step]!);
        all.positive.push(Number(values[row]! >= 0.5));
      }
    }
  }
  return [...found].map(([detector, { scores, positive }]) => ({
    detector,
    auc: areaUnderCurve(scores, positive),
    recordings: references.length,
    steps: scores.length,
  }));
}

async function readReferences(folder: string): Promise<Reference[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort();
  } catch (cause) {
    throw new UndertoneError('file_not_found', `There is no folder ${folder}.`, { cause });
  }
  if (names.length === 0) {
    throw new UndertoneError('bad_corpus', `Expected files NAME${ending} in ${folder}; found none.`);
  }
  const besides = await readdir(folder);
  return Promise.all(
    names.map(async (file) => {
      const name = file.slice(0, -ending.length);
      const path = join(folder, file);
      const rows = readCsv(await readFile(path, 'utf8'), path, [startColumn]);
      const detectors = Object.keys(rows[0] ?? {}).filter((column) => column !== startColumn);
      const column = (of: string): number[] => rows.map((row) => Number(row[of]));
      if (
        detectors.length === 0 ||
        ![...detectors, startColumn].every((of) => column(of).every(Number.isFinite))
      ) {
        throw new UndertoneError(
          'bad_corpus',
          `${path}: expected ${startColumn} and a column of probabilities, all numbers; found ${Object.keys(rows[0] ?? {}).join(', ')}.`,
        );
      }
      return {
        name,
        audioPath: besides.includes(`${name}.wav`)
          ? join(folder, `${name}.wav`)
          : join(folder, '..', 'wav', `${name}.wav`),
        startSamples: column(startColumn),
        probabilities: new Map(
          detectors.map((detector) => [detector.replace(/_prob$/, ''), column(detector)]),
        ),
      };
    }),
  );
}
