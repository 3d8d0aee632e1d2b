/** The recordings of a search: all but those of the test speakers, divided once for all trials. */
import { UndertoneError } from '@undertone/core';
import { labelSchemeOf } from '../config/derived.ts';
import type { Experiment } from '../config/experiment.ts';
import type { Places } from '../config/places.ts';
import type { Clip, Corpus } from '../data/clip.ts';
import { loadCorpora, splitCorpora } from '../experiment/prepare-data.ts';
import { testSpeakersOf } from '../split/make-split.ts';
import { groupedFolds, speakersOf } from '../split/split.ts';

export interface TrialData {
  /** With the clips of the test speakers, which are only counted. */
  readonly whole: readonly Corpus[];
  readonly corpora: readonly Corpus[];
  readonly clips: readonly Clip[];
  readonly testSpeakers: readonly string[];
}

/** @throws UndertoneError `bad_corpus`, `bad_split`, `file_not_found` */
export async function loadTrialData(experiment: Experiment, places: Places): Promise<TrialData> {
  const corpora = await loadCorpora(places.corpora, places.demographics ?? undefined, {
    labels: labelSchemeOf(experiment),
    votesPath: places.votes ?? undefined,
  });
  const { splitBy, testShare, seed } = experiment;
  const { validationSpeakers, testSpeakers } = places;
  const all = corpora.flatMap((corpus) => corpus.clips);
  const test = testSpeakersOf(all, { splitBy, testShare, seed, validationSpeakers, testSpeakers });
  const read = corpora.map((corpus) => ({
    ...corpus,
    clips: corpus.clips.filter(({ speaker }) => !test.has(speaker)),
  }));
  return {
    whole: corpora,
    corpora: read,
    clips: read.flatMap(({ clips }) => clips),
    testSpeakers: [...test].sort(),
  };
}

/**
 * Validation speakers of each fold, in full names.
 * @param folds 0 for one fold: the named validation speakers, or a share of all
 * @throws UndertoneError `bad_split`
 */
export function validationFolds(
  data: TrialData,
  experiment: Experiment,
  places: Places,
  folds: number,
): string[][] {
  if (experiment.splitBy === 'random') {
    throw new UndertoneError(
      'bad_split',
      'Expected splitBy speaker; a search that is judged by voices it has heard finds what remembers voices.',
    );
  }
  const named = places.validationSpeakers.length > 0 ? places.validationSpeakers : undefined;
  const splits =
    folds > 0
      ? groupedFolds(data.clips, folds, experiment.seed)
      : // As "train" would draw them.
        [splitCorpora(data.whole, experiment, named, data.testSpeakers)];
  return splits.map(({ validation }) => speakersOf(validation));
}
