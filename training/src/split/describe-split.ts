/** A split as a table: speakers and clips on each side, by class and sex. */
import type { Clip } from '../data/clip.ts';
import { counted } from '../report/numbers.ts';
import { leakOf } from './make-split.ts';
import { speakersOf, type ThreeWaySplit } from './split.ts';

export interface SideCounts {
  readonly name: string;
  readonly speakers: readonly string[];
  readonly clips: number;
  readonly byClass: Readonly<Record<string, number>>;
  readonly bySex: Readonly<Record<'female' | 'male' | 'unknown', number>>;
}

/** Sides in order; the test only when there is one. */
export function countSides(split: ThreeWaySplit, labels: readonly string[]): SideCounts[] {
  const all = [count('train', split.train, labels), count('validation', split.validation, labels)];
  return split.test.length > 0 ? [...all, count('test', split.test, labels)] : all;
}

function count(name: string, clips: readonly Clip[], labels: readonly string[]): SideCounts {
  const of = (wanted: (clip: Clip) => boolean): number => clips.filter(wanted).length;
  return {
    name,
    speakers: speakersOf(clips),
    clips: clips.length,
    byClass: Object.fromEntries(labels.map((label) => [label, of((clip) => clip.label === label)])),
    bySex: {
      female: of((clip) => clip.sex === 'female'),
      male: of((clip) => clip.sex === 'male'),
      unknown: of((clip) => clip.sex === undefined),
    },
  };
}

/** What must be said of a split that leaks; null for one by speaker. */
export function leakWarning(split: ThreeWaySplit): string | null {
  const { clips, speakers } = leakOf(split);
  if (clips === 0) return null;
  return `This split leaks: ${(100 * clips).toFixed(0)} % of the clips held out are by ${counted(speakers, 'speaker')} that training hears too. Scores are not those of unseen speakers, and far above them.`;
}

/** One line for the log. */
export function splitLine(split: ThreeWaySplit): string {
  const side = (clips: readonly Clip[]): string =>
    `${counted(speakersOf(clips).length, 'speaker')} (${counted(clips.length, 'clip')})`;
  const test = split.test.length > 0 ? `, ${side(split.test)} kept for the test` : '';
  return `Training on ${side(split.train)}, validation on ${side(split.validation)}${test}.`;
}
