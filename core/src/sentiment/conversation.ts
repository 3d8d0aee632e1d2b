/**
 * How two channels share a call: overlap, silence of both, who has the floor. Both report their speech each in its own
 * order and at its own pace; what comes out follows from the speech alone. See docs/sentiment.md.
 */
import { damaged, type StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';

const sampleRate = 16_000;
/** Speech of a channel that is so little apart is one (Brady 1968). */
const bridgedSamples = 0.2 * sampleRate;
/** A shorter overlap that ends with the floor taken is how people take turns (Heldner and Edlund 2010). */
const interruptionSamples = 0.2 * sampleRate;
/** Waiting speech of a channel; far more than fits beside a segment of the longest kind. */
const mostWaiting = 1024;

/** Speech of one channel on the stream's clock, and how much of the stream before it was not heard. */
export interface Spurt {
  readonly startSample: number;
  readonly endSample: number;
  readonly missingSamples: number;
}

export interface ConversationSummary {
  /** Both speak. */
  readonly overlapSamples: number;
  /** Nobody speaks. */
  readonly silenceSamples: number;
  readonly longestSilenceSamples: number;
  /** What both figures are of: the audio without what was not heard. */
  readonly heardSamples: number;
  /** Per channel, how often it took the floor. */
  readonly turns: readonly [number, number];
  /** Per channel, how often it took the floor while the other one spoke. */
  readonly interruptions: readonly [number, number];
}

interface Waiting {
  startSample: number;
  endSample: number;
  missingSamples: number;
  isSpeaking: boolean;
}

type Side = 0 | 1;

export class Conversation implements Stateful {
  readonly #waiting: readonly [Waiting[], Waiting[]] = [[], []];
  readonly #turns: [number, number] = [0, 0];
  readonly #interruptions: [number, number] = [0, 0];
  #talkSamples = 0;
  #overlapSamples = 0;
  #longestSilenceSamples = 0;
  /** Where the talk or overlap began that goes on. */
  #talkSample = 0;
  #overlapSample = 0;
  /** End of the newest talk, and what was missing before it. */
  #silentSample = 0;
  #silentMissing = 0;
  /** Who has the floor, and who came in last. */
  #floor: Side | null = null;
  #newcomer: Side = 0;

  /**
   * Takes speech of a channel that is over.
   * @param reached per channel, the sample before which all its speech has been reported
   */
  hear(side: Side, spurt: Spurt, reached: readonly [number, number]): void {
    const waiting = this.#waiting[side];
    const last = waiting.at(-1);
    if (last && spurt.startSample - last.endSample < bridgedSamples) last.endSample = spurt.endSample;
    else waiting.push({ ...spurt, isSpeaking: false });
    // Short speech may still go on.
    this.#settle(Math.min(...reached) - bridgedSamples);
    if (waiting.length > mostWaiting) this.#settle(waiting[0]!.endSample);
  }

  /** @param missingSamples of the stream, not heard */
  finish(audioSamples: number, missingSamples: number): ConversationSummary {
    this.#settle(Number.POSITIVE_INFINITY);
    this.#endSilence(audioSamples, missingSamples);
    const heardSamples = Math.max(0, audioSamples - missingSamples);
    return {
      overlapSamples: this.#overlapSamples,
      silenceSamples: Math.max(0, heardSamples - this.#talkSamples),
      longestSilenceSamples: this.#longestSilenceSamples,
      heardSamples,
      turns: [...this.#turns],
      interruptions: [...this.#interruptions],
    };
  }

  writeState(writer: StateWriter): void {
    for (const waiting of this.#waiting) {
      writer.count(waiting.length);
      for (const { startSample, endSample, missingSamples, isSpeaking } of waiting) {
        writer.count(startSample);
        writer.count(endSample);
        writer.count(missingSamples);
        writer.flag(isSpeaking);
      }
    }
    for (const count of [...this.#turns, ...this.#interruptions]) writer.count(count);
    writer.count(this.#talkSamples);
    writer.count(this.#overlapSamples);
    writer.count(this.#longestSilenceSamples);
    writer.count(this.#talkSample);
    writer.count(this.#overlapSample);
    writer.count(this.#silentSample);
    writer.count(this.#silentMissing);
    writer.count(this.#floor === null ? 2 : this.#floor);
    writer.count(this.#newcomer);
  }

  readState(reader: StateReader): void {
    for (const waiting of this.#waiting) {
      const found = reader.count(mostWaiting);
      for (let i = 0; i < found; i++) {
        const spurt = {
          startSample: reader.count(),
          endSample: reader.count(),
          missingSamples: reader.count(),
          isSpeaking: reader.flag(),
        };
        const from = waiting.at(-1)?.endSample ?? 0;
        if (spurt.startSample < from || spurt.endSample < spurt.startSample) {
          damaged(`speech in order behind ${from}`, `${spurt.startSample} to ${spurt.endSample}`);
        }
        waiting.push(spurt);
      }
    }
    for (const counts of [this.#turns, this.#interruptions]) {
      for (const side of [0, 1] as const) counts[side] = reader.count();
    }
    this.#talkSamples = reader.count();
    this.#overlapSamples = reader.count();
    this.#longestSilenceSamples = reader.count();
    this.#talkSample = reader.count();
    this.#overlapSample = reader.count();
    this.#silentSample = reader.count();
    this.#silentMissing = reader.count();
    const floor = reader.count(2);
    this.#floor = floor === 2 ? null : (floor as Side);
    this.#newcomer = reader.count(1) as Side;
  }

  /** Goes through starts and ends up to this sample. */
  #settle(untilSample: number): void {
    for (;;) {
      const side = this.#next();
      const speech = side === null ? undefined : this.#waiting[side][0];
      if (side === null || !speech || timeOf(speech) > untilSample) return;
      if (speech.isSpeaking) this.#end(side, speech);
      else this.#start(side, speech);
    }
  }

  /** Whose start or end comes next. At the same time ends come first, that of the newcomer before the other. */
  #next(): Side | null {
    const [first, second] = [this.#waiting[0][0], this.#waiting[1][0]];
    if (!first || !second) return first ? 0 : second ? 1 : null;
    const apart = timeOf(first) - timeOf(second);
    if (apart !== 0) return apart < 0 ? 0 : 1;
    if (first.isSpeaking && second.isSpeaking) return this.#newcomer;
    return second.isSpeaking ? 1 : 0;
  }

  #start(side: Side, speech: Waiting): void {
    speech.isSpeaking = true;
    const { startSample, missingSamples } = speech;
    if (this.#waiting[otherOf(side)][0]?.isSpeaking) {
      this.#overlapSample = startSample;
      this.#newcomer = side;
      return;
    }
    this.#endSilence(startSample, missingSamples);
    this.#talkSample = startSample;
    this.#takeFloor(side);
  }

  #end(side: Side, { startSample, endSample, missingSamples }: Waiting): void {
    this.#waiting[side].shift();
    const other = otherOf(side);
    if (!this.#waiting[other][0]?.isSpeaking) {
      this.#talkSamples += endSample - this.#talkSample;
      this.#silentSample = endSample;
      this.#silentMissing = missingSamples;
      return;
    }
    const overlap = endSample - this.#overlapSample;
    this.#overlapSamples += overlap;
    if (this.#newcomer !== other) return;
    this.#takeFloor(other);
    const spokeBefore = startSample < this.#overlapSample;
    if (spokeBefore && overlap >= interruptionSamples) this.#interruptions[other]++;
  }

  #takeFloor(side: Side): void {
    if (this.#floor === side) return;
    this.#floor = side;
    this.#turns[side]++;
  }

  #endSilence(atSample: number, missingSamples: number): void {
    const samples = atSample - this.#silentSample - (missingSamples - this.#silentMissing);
    this.#longestSilenceSamples = Math.max(this.#longestSilenceSamples, samples);
  }
}

const otherOf = (side: Side): Side => (side === 0 ? 1 : 0);

/** Of the next thing to happen. */
function timeOf({ isSpeaking, startSample, endSample }: Waiting): number {
  return isSpeaking ? endSample : startSample;
}
