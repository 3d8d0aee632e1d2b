/** What an experiment's file holds beside the experiment itself: which recordings, and where results go. */
import { type Field, map, path, texts } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface Places {
  readonly corpora: readonly string[];
  readonly demographics: string | null;
  readonly votes: string | null;
  readonly out: string | null;
  readonly run: string | null;
  readonly cache: string | null;
  readonly validationSpeakers: readonly string[];
  readonly testSpeakers: readonly string[];
  readonly search: Readonly<Record<string, unknown>>;
}

const anything = (value: unknown): unknown => value;

export const placesFields: Fields<Places> = {
  corpora: texts([], 'Corpus folders and CSV manifests, as paths from the working directory.'),
  demographics: path("CREMA-D's VideoDemographics.csv, for the actors' sex."),
  votes: path(
    "What CREMA-D's raters heard, for softLabels: summaryTable.csv or finishedResponses.csv of the release.",
  ),
  out: path('The model folder to write.'),
  run: path('Where the run is kept; runs/<corpus> without it.'),
  cache: path('Where computed features are kept; .cache/features without it.'),
  validationSpeakers: texts(
    [],
    'The speakers held out for validation, by name; without any, valShare of them.',
  ),
  testSpeakers: texts([], 'Speakers that training and validation never read; "evaluate" measures on them.'),
  search: map(
    anything,
    'ranges: {low, high, scale} or {values}',
    'Fields that "tune" varies, and their ranges; "train" does not look at it.',
  ) as Field<Places['search']>,
};
