/** Those who wait until a stream is drained. */
import type { UndertoneError } from '../errors.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: UndertoneError) => void;
}

export class DrainWaiters {
  #waiters: Waiter[] = [];

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  resolve(): void {
    for (const { resolve } of this.#take()) resolve();
  }

  reject(error: UndertoneError): void {
    for (const { reject } of this.#take()) reject(error);
  }

  #take(): readonly Waiter[] {
    const waiters = this.#waiters;
    this.#waiters = [];
    return waiters;
  }
}
