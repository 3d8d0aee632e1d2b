/** How a voice sounds anyway: the mean over the first speech of a channel. */
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';

export class SpeechBaseline implements Stateful {
  readonly #wantedSamples: number;
  #samples = 0;
  #weight = 0;
  #values = 0;

  /** @param wantedSamples of speech; 0 needs none */
  constructor(wantedSamples: number) {
    this.#wantedSamples = wantedSamples;
  }

  /** Whether it has heard enough. */
  get isKnown(): boolean {
    return this.#samples >= this.#wantedSamples;
  }

  /** 0 for one that needs no speech. */
  get mean(): number {
    return this.#weight > 0 ? this.#values / this.#weight : 0;
  }

  add(samples: number, weight: number, value: number): void {
    this.#samples += samples;
    this.#weight += weight;
    this.#values += weight * value;
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#samples);
    writer.number(this.#weight);
    writer.number(this.#values);
  }

  readState(reader: StateReader): void {
    this.#samples = reader.count();
    this.#weight = reader.number();
    this.#values = reader.number();
  }
}
