/** Lets each kind of warning through once a minute. */
import type { WarningMessage } from '@undertone/proto';

const everyMs = 60_000;

export class Warnings {
  readonly #write: (code: WarningMessage['code'], message: string) => void;
  readonly #now: () => number;
  /** Made with the first: most streams never have one. */
  #lastAtMs: Map<string, number> | null = null;

  constructor(write: (code: WarningMessage['code'], message: string) => void, now: () => number) {
    this.#write = write;
    this.#now = now;
  }

  warn(code: WarningMessage['code'], message: string): void {
    const nowMs = this.#now();
    this.#lastAtMs ??= new Map();
    if (nowMs - (this.#lastAtMs.get(code) ?? -everyMs) < everyMs) return;
    this.#lastAtMs.set(code, nowMs);
    this.#write(code, message);
  }
}
