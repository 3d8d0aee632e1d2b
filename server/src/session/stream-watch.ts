/** Tells a client what is amiss with its stream before it becomes an error: `Warning`. */
import type { StreamConfig, WarningMessage } from '@undertone/proto';
import { AudioQuality, type QualityProblem } from './audio-quality.ts';
import { ClockDrift } from './clock-drift.ts';
import { Warnings } from './warnings.ts';

/** Later than this a result is of no use to a live call. */
const behindMs = 2000;
/** A stream that has sent more than this of the clock is a file, which waits for its results by nature. */
const liveRatio = 1.25;
const burstSeconds = 5;

const sentences: Readonly<Record<QualityProblem, string>> = {
  clipping:
    'The audio clips: more than 1 % of its samples are at full scale, which changes how speech sounds.',
  faint: 'The audio of the last minute is below -50 dB of full scale: speech in it is not heard.',
  silent: 'The audio of the last minute is digital silence.',
};

export class StreamWatch {
  readonly #warnings: Warnings;
  readonly #quality: AudioQuality;
  readonly #drift = new ClockDrift();
  readonly #openedAtMs: number;
  readonly #now: () => number;
  #audioSeconds = 0;

  constructor(
    config: StreamConfig,
    now: () => number,
    write: (code: WarningMessage['code'], message: string) => void,
  ) {
    this.#warnings = new Warnings(write, now);
    this.#quality = new AudioQuality(config);
    this.#now = now;
    this.#openedAtMs = now();
  }

  /** Audio came. */
  received(seconds: number, atMs: number): void {
    this.#audioSeconds += seconds;
    const ratio = this.#drift.received(seconds, atMs);
    if (ratio === null) return;
    const percent = Math.round(Math.abs(ratio - 1) * 1000) / 10;
    const how = ratio > 1 ? 'faster' : 'slower';
    this.#warnings.warn(
      'clock_drift',
      `In the last minute audio came ${percent} % ${how} than the clock: expected the sample rate that was declared, and no audio lost.`,
    );
  }

  /** Audio is heard. */
  heard(bytes: Uint8Array, analysed: readonly boolean[]): void {
    const problem = this.#quality.accept(bytes, analysed);
    if (problem) this.#warnings.warn('low_quality', sentences[problem]);
  }

  /** Nobody read the connection for a while. */
  held(): void {
    this.#drift.restart();
  }

  result(latencyMs: number): void {
    if (latencyMs <= behindMs) return;
    const elapsedSeconds = (this.#now() - this.#openedAtMs) / 1000;
    if (this.#audioSeconds > burstSeconds + liveRatio * elapsedSeconds) return;
    const seconds = Math.round(latencyMs / 100) / 10;
    this.#warnings.warn(
      'behind',
      `A result came ${seconds} s after the audio it needs: the server is behind.`,
    );
  }

  slowClient(): void {
    this.#warnings.warn(
      'slow_client',
      'Interim results wait or are left out until the client has read what it has.',
    );
  }
}
