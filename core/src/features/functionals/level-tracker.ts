/**
 * Which frames hold sound worth describing, causally: those within a gate under the running loud level that stand over
 * the running floor or are voiced. Both levels follow towards sound at once and forget slowly, as a meter does.
 */
import type { StateReader } from '../../stream/state-reader.ts';
import type { StateWriter } from '../../stream/state-writer.ts';

/** Levels in natural logarithm of power; a dB is ln(10) / 10 of it. */
const dB = Math.LN10 / 10;
/** Share of the way that the loud level rises, and the floor falls, in a frame: most of it within 50 ms. */
const approach = 0.3;
/** Slow movement in a frame of 10 ms: the loud level falls by 1 dB, the floor rises by 2 dB a second. */
const loudFall = 0.01 * dB;
const floorRise = 0.02 * dB;
/** A sound without pitch stands at least so far over the floor. */
const overFloor = 6 * dB;

export class LevelTracker {
  readonly #gate: number;
  #loud = Number.NaN;
  #floor = Number.NaN;

  /** @param gateDb frames further than this under the loud level are pauses */
  constructor(gateDb: number) {
    this.#gate = gateDb * dB;
  }

  /** The running loud level, natural logarithm of power; NaN before the first frame. */
  get loud(): number {
    return this.#loud;
  }

  /** Whether a frame of this level lies within the gate, after the loud level has heard it. */
  accept(level: number): boolean {
    if (Number.isNaN(this.#loud)) {
      this.#loud = level;
      this.#floor = level;
    }
    this.#loud =
      level > this.#loud
        ? this.#loud + approach * (level - this.#loud)
        : Math.max(level, this.#loud - loudFall);
    this.#floor =
      level < this.#floor
        ? this.#floor + approach * (level - this.#floor)
        : Math.min(level, this.#floor + floorRise);
    return level > this.#loud - this.#gate;
  }

  writeState(writer: StateWriter): void {
    const heard = !Number.isNaN(this.#loud);
    writer.flag(heard);
    if (!heard) return;
    writer.number(this.#loud);
    writer.number(this.#floor);
  }

  readState(reader: StateReader): void {
    if (!reader.flag()) return;
    this.#loud = reader.number();
    this.#floor = reader.number();
  }

  /** Whether `level` stands over the running floor. */
  standsOut(level: number): boolean {
    return level > this.#floor + overFloor;
  }
}
