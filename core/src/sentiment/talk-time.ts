/** How much of one channel is talk, and its longest silence. Times are steps of what was heard: lost audio does not count. */
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';

export class TalkTime implements Stateful {
  #talkSteps = 0;
  #longestSilenceSteps = 0;
  /** End of the newest segment. */
  #endStep = 0;

  /** Steps within segments, with their short pauses. */
  get talkSteps(): number {
    return this.#talkSteps;
  }

  /** A segment; they come in order. */
  hear(startStep: number, endStep: number): void {
    this.#longestSilenceSteps = this.longestSilenceSteps(startStep);
    this.#talkSteps += endStep - startStep;
    this.#endStep = endStep;
  }

  /** Between segments, before the first, and after the last until this step. */
  longestSilenceSteps(untilStep: number): number {
    return Math.max(this.#longestSilenceSteps, untilStep - this.#endStep);
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#talkSteps);
    writer.count(this.#longestSilenceSteps);
    writer.count(this.#endStep);
  }

  readState(reader: StateReader): void {
    this.#talkSteps = reader.count();
    this.#longestSilenceSteps = reader.count();
    this.#endStep = reader.count();
  }
}
