/**
 * Tells when somebody who owes an answer has been silent for too long. Silence is counted in ticks of a timer and not by the
 * clock: in a page that the browser has frozen neither timers nor messages come, and it is nobody's fault.
 */
const ticksOfSilence = 10;

export class SilenceWatch {
  readonly #silenceMs: number;
  readonly #onSilence: () => void;
  #timer: ReturnType<typeof setInterval> | null = null;
  #silentTicks = 0;

  constructor(silenceMs: number, onSilence: () => void) {
    this.#silenceMs = silenceMs;
    this.#onSilence = onSilence;
  }

  /** An answer is owed. */
  start(): void {
    if (this.#timer !== null) return;
    this.#silentTicks = 0;
    this.#timer = setInterval(() => {
      if (++this.#silentTicks < ticksOfSilence) return;
      this.stop();
      this.#onSilence();
    }, this.#silenceMs / ticksOfSilence);
  }

  heard(): void {
    this.#silentTicks = 0;
  }

  /** Nothing is owed. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
