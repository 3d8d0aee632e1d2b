/**
 * Valence and arousal over the speech of a call, in at most sixteen parts that hold as much speech each: when they are full,
 * two and two are joined. The first and the last quarter of the speech follow from them.
 */
import { damaged, type StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';
import { type Affect, AffectSums } from './affect.ts';

const sampleRate = 16_000;
const mostParts = 16;
const mostDoublings = 40;
/** Less speech than this has no quarters worth telling apart. */
const leastSamples = 8 * sampleRate;

export interface CoursePoint extends Affect {
  /** Where the speech of this part begins. */
  readonly atSample: number;
}

export interface Quarters {
  readonly opening: Affect;
  readonly closing: Affect;
}

interface Part {
  readonly atSample: number;
  readonly sums: AffectSums;
}

export class SpeechCourse implements Stateful {
  #parts: Part[] = [];
  /** Of a full part: a second times two to this power. */
  #doublings = 0;
  #samples = 0;

  /** Speech, evenly spread over the span. */
  hear(startSample: number, endSample: number, samples: number, affect: Affect): void {
    let left = samples;
    while (left > 0) {
      const index = Math.floor(this.#samples / this.#partSamples);
      if (index === mostParts) {
        this.#join();
        continue;
      }
      const some = Math.min(left, (index + 1) * this.#partSamples - this.#samples);
      const passed = Math.round(((samples - left) / samples) * (endSample - startSample));
      this.#parts[index] ??= { atSample: startSample + passed, sums: new AffectSums() };
      this.#parts[index].sums.add(some, affect);
      this.#samples += some;
      left -= some;
    }
  }

  get points(): readonly CoursePoint[] {
    return this.#parts.map(({ atSample, sums }) => ({ atSample, ...sums.mean }));
  }

  /** Null where too little was said. */
  get quarters(): Quarters | null {
    if (this.#samples < leastSamples) return null;
    const quarter = this.#samples / 4;
    return { opening: this.#mean(0, quarter), closing: this.#mean(3 * quarter, this.#samples) };
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#doublings);
    writer.count(this.#parts.length);
    for (const { atSample, sums } of this.#parts) {
      writer.count(atSample);
      sums.writeState(writer);
    }
  }

  readState(reader: StateReader): void {
    this.#doublings = reader.count(mostDoublings);
    this.#samples = 0;
    this.#parts = Array.from({ length: reader.count(mostParts) }, () => {
      const part = { atSample: reader.count(), sums: new AffectSums() };
      part.sums.readState(reader);
      this.#samples += part.sums.samples;
      return part;
    });
    if (Math.ceil(this.#samples / this.#partSamples) !== this.#parts.length) {
      damaged(`${this.#parts.length} parts of ${this.#partSamples} samples`, this.#samples);
    }
  }

  get #partSamples(): number {
    return sampleRate * 2 ** this.#doublings;
  }

  #join(): void {
    this.#doublings++;
    this.#parts = this.#parts.flatMap(({ atSample, sums }, i) =>
      i % 2 === 0 ? [{ atSample, sums: sums.plus(this.#parts[i + 1]!.sums) }] : [],
    );
  }

  /** Of the speech from one sample of speech to another. */
  #mean(from: number, to: number): Affect {
    let start = 0;
    let sums = new AffectSums();
    for (const part of this.#parts) {
      const end = start + part.sums.samples;
      const inside = Math.min(end, to) - Math.max(start, from);
      if (inside > 0) sums = sums.plus(part.sums.share(inside / part.sums.samples));
      start = end;
    }
    return sums.mean;
  }
}
