/** Whose speech a model is adapted to, what says when to stop, and who is measured. */
import { UndertoneError } from '@undertone/core';
import { readAudioFile } from '../data/audio-file.ts';
import type { Clip } from '../data/clip.ts';
import { Random } from '../data/random.ts';
import { namedSpeakers, type Split, speakersOf, splitByShare, splitBySpeakers } from '../split/split.ts';

export interface AdaptationClips {
  /** `train` to adapt to, `validation` to say when to stop. */
  readonly split: Split;
  /** Whether different speakers say when to stop, or other clips of the same. */
  readonly stopBy: 'speakers' | 'clips';
  /** Measured before and after, and nothing else. */
  readonly heldOut: readonly Clip[];
  /** Length of the recordings in `split`. */
  readonly seconds: number;
}

export interface ClipChoice {
  /** Names of speakers, or a share of them in (0, 1). */
  readonly heldOut: readonly string[] | number;
  /** Names of speakers to adapt to; without any all that are not held out. */
  readonly speakers?: readonly string[] | undefined;
  /** Most minutes of recordings; all without it. */
  readonly minutes?: number | undefined;
  /** Share of what is adapted to that says when to stop. */
  readonly stopShare: number;
  /**
   * Other speakers, or other clips of the same (the default: a few minutes have few speakers, and each is worth more to
   * the training than to its end).
   */
  readonly stopBy?: 'speakers' | 'clips' | undefined;
  readonly seed: number;
}

/** @throws UndertoneError `bad_split`, `bad_corpus` */
export async function chooseClips(clips: readonly Clip[], choice: ClipChoice): Promise<AdaptationClips> {
  const { heldOut, speakers, minutes, stopShare, seed } = choice;
  const sides =
    typeof heldOut === 'number' ? splitByShare(clips, heldOut, seed) : splitBySpeakers(clips, heldOut);
  const wanted = speakers && namedSpeakers(sides.train, speakers);
  const own = wanted ? sides.train.filter((clip) => wanted.has(clip.speaker)) : sides.train;
  const { chosen, seconds } = await limitTo(own, minutes, seed);
  const { stopBy = 'clips' } = choice;
  const split = stopBy === 'speakers' ? bySpeaker(chosen, stopShare, seed) : byClip(chosen, stopShare, seed);
  if (split.train.length === 0 || split.validation.length === 0) {
    throw new UndertoneError(
      'bad_split',
      `Expected clips to adapt to and others to stop by; found ${chosen.length} in all.`,
    );
  }
  return { split, stopBy, heldOut: sides.validation, seconds };
}

function bySpeaker(clips: readonly Clip[], share: number, seed: number): Split {
  const speakers = new Random(seed, 'stop').shuffle(speakersOf(clips));
  const count = Math.max(1, Math.round(share * speakers.length));
  return splitBySpeakers(clips, speakers.slice(0, count));
}

/** The share of each speaker's clips of each class, as nearly as whole clips allow; right in the sum over all. */
function byClip(clips: readonly Clip[], share: number, seed: number): Split {
  const held = new Set<Clip>();
  let wanted = 0;
  for (const [name, group] of groups(clips)) {
    wanted += share * group.length;
    const order = new Random(seed, 'stop', name).shuffle([...group]);
    for (const clip of order.slice(0, Math.round(wanted) - held.size)) held.add(clip);
  }
  return {
    train: clips.filter((clip) => !held.has(clip)),
    validation: clips.filter((clip) => held.has(clip)),
  };
}

/** By turns a clip of each speaker and class, until the time is used up. */
async function limitTo(
  clips: readonly Clip[],
  minutes: number | undefined,
  seed: number,
): Promise<{ readonly chosen: readonly Clip[]; readonly seconds: number }> {
  const queues = [...groups(clips)].map(([name, group]) =>
    new Random(seed, 'minutes', name).shuffle([...group]),
  );
  const mostSeconds = minutes === undefined ? Number.POSITIVE_INFINITY : 60 * minutes;
  const chosen: Clip[] = [];
  let seconds = 0;
  for (let turn = 0; chosen.length < clips.length; turn++) {
    // The turn that the time ends in must not always end with the same speakers.
    for (const queue of new Random(seed, 'turn', turn).shuffle([...queues])) {
      const clip = queue[turn];
      if (!clip) continue;
      const audio = await readAudioFile(clip.path, clip.startS, clip.endS);
      seconds += audio.samples.length / audio.sampleRateHz;
      if (seconds > mostSeconds && chosen.length > 0) {
        return { chosen, seconds: seconds - audio.samples.length / audio.sampleRateHz };
      }
      chosen.push(clip);
    }
  }
  return { chosen, seconds };
}

/** Clips by class, then by speaker: a share of groups of one clip each is then a share of every class. */
function groups(clips: readonly Clip[]): Map<string, Clip[]> {
  const found = new Map<string, Clip[]>();
  for (const clip of clips) {
    const name = `${clip.label} ${clip.speaker}`;
    found.set(name, [...(found.get(name) ?? []), clip]);
  }
  return new Map([...found].sort(([a], [b]) => a.localeCompare(b)));
}
