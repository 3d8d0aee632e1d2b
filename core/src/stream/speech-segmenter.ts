/** Speech segments from the per-step speech probability: hysteresis, a minimum onset and an end-pointing pause. */
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';

export interface SegmenterOptions {
  readonly onsetProbability: number;
  readonly offsetProbability: number;
  /** Consecutive steps at or above the onset probability before speech is declared. */
  readonly onsetSteps: number;
  /** Consecutive steps below the offset probability after which the segment ends. */
  readonly endpointingSteps: number;
  /** Steps after which a segment is ended even though speech goes on. */
  readonly maxSegmentSteps: number;
}

/**
 * What the newest step means: `silence`; `onset` (may become speech: the first step of a run says `onset-first`);
 * `started` (speech declared); `speech`; `pause` (inside a segment; the first step says `pause-first`);
 * `ended` (by a pause) and `split` (by length).
 */
export type SegmenterState =
  | 'silence'
  | 'onset-first'
  | 'onset'
  | 'started'
  | 'speech'
  | 'pause-first'
  | 'pause'
  | 'ended'
  | 'split';

export class SpeechSegmenter {
  #options: SegmenterOptions;
  #inSpeech = false;
  /** Steps of the current run: onset run while silent, pause while in speech. */
  #run = 0;
  #startStep = 0;
  #endStep = 0;
  #step = 0;

  constructor(options: SegmenterOptions) {
    this.#options = options;
  }

  get inSpeech(): boolean {
    return this.#inSpeech;
  }

  /** True while the newest steps may become a segment. */
  get inOnset(): boolean {
    return !this.#inSpeech && this.#run > 0;
  }

  /** True while the newest steps of an open segment are a pause. */
  get inPause(): boolean {
    return this.#inSpeech && this.#run > 0;
  }

  /** First step of the current or last segment. */
  get startStep(): number {
    return this.#startStep;
  }

  /** One past the last step of speech in the current or last segment. */
  get endStep(): number {
    return this.#endStep;
  }

  /** From the next step on, a pause ends a segment after `endpointingSteps`. */
  setEndpointing(endpointingSteps: number): void {
    this.#options = { ...this.#options, endpointingSteps };
  }

  /** Takes the speech probability of the next step. */
  accept(probability: number): SegmenterState {
    const step = this.#step++;
    return this.#inSpeech
      ? this.#acceptInSpeech(probability, step)
      : this.#acceptInSilence(probability, step);
  }

  /** Ends an open segment now; speech that goes on becomes a new segment. */
  close(): void {
    this.#inSpeech = false;
    this.#run = 0;
  }

  writeState(writer: StateWriter): void {
    writer.flag(this.#inSpeech);
    writer.count(this.#run);
    if (this.#inSpeech) writer.count(this.#startStep);
  }

  /** @param steps steps taken so far */
  readState(reader: StateReader, steps: number): void {
    this.#step = steps;
    this.#inSpeech = reader.flag();
    this.#run = reader.count(steps);
    if (this.#inSpeech) {
      this.#endStep = steps - this.#run;
      this.#startStep = reader.count(Math.max(0, this.#endStep - 1));
    } else {
      this.#startStep = steps - this.#run;
    }
  }

  #acceptInSilence(probability: number, step: number): SegmenterState {
    if (probability < this.#options.onsetProbability) {
      this.#run = 0;
      return 'silence';
    }
    if (this.#run++ === 0) this.#startStep = step;
    if (this.#run < this.#options.onsetSteps) return this.#run === 1 ? 'onset-first' : 'onset';
    this.#inSpeech = true;
    this.#run = 0;
    this.#endStep = step + 1;
    return 'started';
  }

  #acceptInSpeech(probability: number, step: number): SegmenterState {
    if (probability >= this.#options.offsetProbability) {
      this.#run = 0;
      this.#endStep = step + 1;
      if (this.#endStep - this.#startStep < this.#options.maxSegmentSteps) return 'speech';
      this.close();
      return 'split';
    }
    this.#run++;
    if (this.#run < this.#options.endpointingSteps) return this.#run === 1 ? 'pause-first' : 'pause';
    this.close();
    return 'ended';
  }
}
