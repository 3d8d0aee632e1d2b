/**
 * Recordings run together, those that their workers have died over run alone: so that one which kills its worker does not
 * take others to the dead letters with it.
 */
interface Waiting {
  readonly isAlone: boolean;
  readonly enter: () => void;
}

export class TrialLock {
  #running = 0;
  #isAlone = false;
  readonly #waiting: Waiting[] = [];

  /** In the order of calls. @returns leaves; to be called once */
  async enter(isAlone: boolean): Promise<() => void> {
    await new Promise<void>((enter) => {
      this.#waiting.push({ isAlone, enter });
      this.#proceed();
    });
    return () => {
      this.#running--;
      this.#isAlone = false;
      this.#proceed();
    };
  }

  #proceed(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (!next || this.#isAlone || (next.isAlone && this.#running > 0)) return;
      this.#waiting.shift();
      this.#running++;
      this.#isAlone = next.isAlone;
      next.enter();
    }
  }
}
