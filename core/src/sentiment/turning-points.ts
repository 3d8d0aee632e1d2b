/**
 * Where a mood turned: a CUSUM (Page 1954) over the segments of a voice for each way that valence and arousal can go, each
 * segment by its seconds of speech. The reference is the mean of what was said since the last turning point and lies in no
 * excursion; a turning point is where the excursion began that crossed the threshold. See docs/sentiment.md.
 */
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';
import { type Affect, AffectSums, difference, distance } from './affect.ts';

const sampleRate = 16_000;

export interface TurningPoint {
  /** Start of the first segment behind it. */
  readonly atSample: number;
  /** Means of the speech since the turning point before it, and until the next one. */
  readonly before: Affect;
  readonly after: Affect;
}

export interface TurningPointOptions {
  /** Half the smallest change of valence or arousal that is to be found. */
  readonly slack: number;
  /** Change beyond the slack, times seconds of speech. */
  readonly threshold: number;
  /** Speech that is needed for a first reference. */
  readonly referenceSeconds: number;
}

export const turningPointDefaults: TurningPointOptions = { slack: 0.2, threshold: 1, referenceSeconds: 8 };

/** More are merged, the smallest change first. */
const mostTurningPoints = 8;

interface Regime {
  readonly startSample: number;
  readonly sums: AffectSums;
}

const directions: readonly Affect[] = [
  { valence: -1, arousal: 0 },
  { valence: 1, arousal: 0 },
  { valence: 0, arousal: -1 },
  { valence: 0, arousal: 1 },
];

/** Two units over the longest segment are far less. */
const mostScore = 1000;

/** Speech since a cumulative sum was last zero. */
class Excursion implements Stateful {
  score = 0;
  startSample = 0;
  sums: AffectSums = new AffectSums();
  readonly #direction: Affect;

  constructor(direction: Affect) {
    this.#direction = direction;
  }

  get isOpen(): boolean {
    return this.score > 0;
  }

  /** @param change of `affect` from the reference */
  hear(change: Affect, slack: number, startSample: number, samples: number, affect: Affect): void {
    if (!this.isOpen) this.reset(startSample);
    const { valence, arousal } = this.#direction;
    const along = valence * change.valence + arousal * change.arousal;
    this.score += (samples / sampleRate) * (along - slack);
    if (this.score > 0) this.sums.add(samples, affect);
    else this.reset();
  }

  reset(startSample = 0): void {
    this.score = 0;
    this.startSample = startSample;
    this.sums = new AffectSums();
  }

  writeState(writer: StateWriter): void {
    writer.flag(this.isOpen);
    if (!this.isOpen) return;
    writer.number(this.score);
    writer.count(this.startSample);
    this.sums.writeState(writer);
  }

  readState(reader: StateReader): void {
    if (!reader.flag()) return;
    this.score = reader.number(0, mostScore);
    this.startSample = reader.count();
    this.sums.readState(reader);
  }
}

export class TurningPoints implements Stateful {
  readonly #options: TurningPointOptions;
  /** Ended by turning points, oldest first. */
  #closed: Regime[] = [];
  #startSample = 0;
  /** Since the last turning point, what is in no excursion: the reference. */
  #settled = new AffectSums();
  readonly #excursions: readonly Excursion[] = directions.map((direction) => new Excursion(direction));

  constructor(options: TurningPointOptions = turningPointDefaults) {
    this.#options = options;
  }

  /** @param samples of speech in the segment, at least 1 */
  hear(startSample: number, samples: number, affect: Affect): void {
    const { slack, threshold, referenceSeconds } = this.#options;
    if (this.#settled.samples < referenceSeconds * sampleRate) {
      this.#settled.add(samples, affect);
      return;
    }
    const change = difference(affect, this.#settled.mean);
    const held = this.#held;
    held.add(samples, affect);
    for (const excursion of this.#excursions) excursion.hear(change, slack, startSample, samples, affect);
    const crossed = this.#excursions.find(({ score }) => score >= threshold);
    this.#settle(held.minus(crossed?.sums ?? this.#held));
    if (crossed) this.#turn(crossed);
  }

  /** In the order of time. */
  get found(): readonly TurningPoint[] {
    const newest = { startSample: this.#startSample, sums: this.#settled.plus(this.#held) };
    const regimes = [...this.#closed, newest];
    return regimes.slice(1).map(({ startSample, sums }, i) => ({
      atSample: startSample,
      before: regimes[i]!.sums.mean,
      after: sums.mean,
    }));
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#closed.length);
    for (const { startSample, sums } of this.#closed) {
      writer.count(startSample);
      sums.writeState(writer);
    }
    writer.count(this.#startSample);
    this.#settled.writeState(writer);
    for (const excursion of this.#excursions) excursion.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#closed = Array.from({ length: reader.count(mostTurningPoints) }, () => {
      const regime = { startSample: reader.count(), sums: new AffectSums() };
      regime.sums.readState(reader);
      return regime;
    });
    this.#startSample = reader.count();
    this.#settled.readState(reader);
    for (const excursion of this.#excursions) excursion.readState(reader);
  }

  /** A copy of what lies in excursions: the oldest has heard everything since it began. */
  get #held(): AffectSums {
    let oldest = this.#excursions[0]!.sums;
    for (const { sums } of this.#excursions) if (sums.samples > oldest.samples) oldest = sums;
    return oldest.share(1);
  }

  #settle(sums: AffectSums): void {
    if (sums.samples > 0) this.#settled = this.#settled.plus(sums);
  }

  #turn({ startSample, sums }: Excursion): void {
    this.#closed.push({ startSample: this.#startSample, sums: this.#settled });
    this.#startSample = startSample;
    this.#settled = sums;
    for (const excursion of this.#excursions) excursion.reset();
    if (this.#closed.length > mostTurningPoints) this.#forgetSmallest();
  }

  #forgetSmallest(): void {
    const regimes = [...this.#closed, { startSample: this.#startSample, sums: this.#settled }];
    const sizes = regimes.slice(1).map(({ sums }, i) => distance(sums.mean, regimes[i]!.sums.mean));
    const at = sizes.indexOf(Math.min(...sizes));
    const joined = {
      startSample: regimes[at]!.startSample,
      sums: regimes[at]!.sums.plus(regimes[at + 1]!.sums),
    };
    regimes.splice(at, 2, joined);
    const newest = regimes.pop()!;
    this.#closed = regimes;
    this.#startSample = newest.startSample;
    this.#settled = newest.sums;
  }
}
