/** The recordings of a search: all but those of the test speakers, divided once for all trials. */
import { loadCorpora, splitCorpora } from '../cli/prepare-data.ts';
import { labelSchemeOf } from '../config/derived.ts';
import type { Experiment } from '../config/experiment.ts';
import type { Places } from '../config/places.ts';
import type { Clip, Corpus } from '../data/clip.ts';
import { groupedFolds, namedSpeakers, speakersOf } from '../split/split.ts';

export interface TrialData {
  readonly corpora: readonly Corpus[];
  readonly clips: readonly Clip[];
}

/** @throws UndertoneError `bad_corpus`, `bad_split`, `file_not_found` */
export async function loadTrialData(experiment: Experiment, places: Places): Promise<TrialData> {
  const corpora = await loadCorpora(places.corpora, places.demographics ?? undefined, {
    labels: labelSchemeOf(experiment),
    votesPath: places.votes ?? undefined,
  });
  const test = namedSpeakers(
    corpora.flatMap((corpus) => corpus.clips),
    places.testSpeakers,
  );
  const read = corpora.map((corpus) => ({
    ...corpus,
    clips: corpus.clips.filter(({ speaker }) => !test.has(speaker)),
  }));
  return { corpora: read, clips: read.flatMap(({ clips }) => clips) };
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
  const named = places.validationSpeakers.length > 0 ? places.validationSpeakers : undefined;
  const splits =
    folds > 0
      ? groupedFolds(data.clips, folds, experiment.seed)
      : [splitCorpora(data.corpora, experiment, named)];
  return splits.map(({ validation }) => speakersOf(validation));
}
