/**
 * Babble: several people speaking at once, mixed from the training speakers. There are as many tracks as groups of
 * speakers; a clip is never given the track that its own speaker is in.
 */
import { UndertoneError } from '@undertone/core';
import { readAudioFile } from '../data/audio-file.ts';
import type { Clip } from '../data/clip.ts';
import type { DecodedAudio } from '../data/decoded-audio.ts';
import { Random } from '../data/random.ts';
import { activePower } from './noise.ts';
import { resample, sampleRateHz } from './speed.ts';

const trackSamples = 20 * sampleRateHz;
const voicesPerTrack = 5;
const groups = 4;

export class Babble {
  readonly #tracks: readonly Float32Array[];
  readonly #groupOf: ReadonlyMap<string, number>;

  private constructor(tracks: readonly Float32Array[], groupOf: ReadonlyMap<string, number>) {
    this.#tracks = tracks;
    this.#groupOf = groupOf;
  }

  /**
   * Reads about 150 clips; the same clips and seed give the same babble. Clips that cannot be read are passed over.
   * @throws UndertoneError when a group of speakers has none that can
   */
  static async make(clips: readonly Clip[], seed: number): Promise<Babble> {
    const random = new Random(seed, 'babble');
    const speakers = random.shuffle([...new Set(clips.map((clip) => clip.speaker))].sort());
    const count = Math.min(groups, speakers.length);
    const groupOf = new Map(speakers.map((speaker, i) => [speaker, i % count]));
    const tracks: Float32Array[] = [];
    for (let group = 0; group < count; group++) {
      const voices = clips.filter((clip) => groupOf.get(clip.speaker) === group);
      tracks.push(await makeTrack(voices, random));
    }
    return new Babble(tracks, groupOf);
  }

  /** A track without `speaker`, unless there is only one. */
  trackFor(speaker: string, random: Random): Float32Array {
    const own = this.#groupOf.get(speaker);
    const others = this.#tracks.filter((_, group) => group !== own);
    return random.pick(others.length > 0 ? others : this.#tracks);
  }
}

/** @param clips is emptied of those that cannot be read */
async function makeTrack(clips: Clip[], random: Random): Promise<Float32Array> {
  const track = new Float32Array(trackSamples);
  for (let voice = 0; voice < voicesPerTrack; voice++) {
    for (let at = 0; at < track.length; ) {
      const audio = await pickReadable(clips, random);
      const samples = resample(audio.samples, audio.sampleRateHz);
      const gain = 1 / Math.sqrt(activePower(samples) + 1e-12);
      const end = Math.min(samples.length, track.length - at);
      for (let n = 0; n < end; n++) track[at + n] = track[at + n]! + gain * samples[n]!;
      at += samples.length;
    }
  }
  return track;
}

async function pickReadable(clips: Clip[], random: Random): Promise<DecodedAudio> {
  for (;;) {
    const clip = random.pick(clips);
    try {
      return await readAudioFile(clip.path, clip.startS, clip.endS);
    } catch (error) {
      if (!(error instanceof UndertoneError) || clips.length === 1) throw error;
      clips.splice(clips.indexOf(clip), 1);
    }
  }
}
