/** How fast, how long and how silent a stream may be. */
import { type ErrorCode, UndertoneError } from '@undertone/core';
import { RateLimit } from './rate-limit.ts';
import type { SessionServices } from './session-services.ts';

export class StreamLimits {
  readonly #services: SessionServices;
  readonly #rate: RateLimit;
  readonly #loadRatio: () => number;
  readonly #openedAtMs: number;
  #lastInputAtMs: number;
  #audioSeconds: number;

  /** @param carriedSeconds of audio that the stream had before it came here */
  constructor(services: SessionServices, loadRatio: () => number, carriedSeconds: number) {
    this.#services = services;
    this.#loadRatio = loadRatio;
    this.#rate = new RateLimit(services.config.rateLimit, services.config.rateBurstSeconds);
    this.#openedAtMs = services.now();
    this.#lastInputAtMs = this.#openedAtMs;
    this.#audioSeconds = carriedSeconds;
  }

  /** Received so far, over all servers. */
  get audioSeconds(): number {
    return this.#audioSeconds;
  }

  get openedAtMs(): number {
    return this.#openedAtMs;
  }

  /** The stream is not silent; nor is it while nobody reads what it sends. */
  touch(nowMs: number): void {
    this.#lastInputAtMs = nowMs;
  }

  /**
   * @returns for how many milliseconds the connection is not to be read
   * @throws UndertoneError `rate_limited` where that is how the limit is kept
   */
  receive(seconds: number, nowMs: number): number {
    const { rateLimit, rateBurstSeconds, rateAction, rateFreeBelowLoad } = this.#services.config;
    let waitMs = this.#rate.take(seconds, nowMs);
    if (waitMs > 0 && rateAction === 'slow' && this.#loadRatio() < rateFreeBelowLoad) {
      this.#rate.refill();
      waitMs = 0;
    }
    if (waitMs > 0 && rateAction === 'end') {
      const allowed = `at most ${rateLimit} s of audio per second after a burst of ${rateBurstSeconds} s`;
      throw new UndertoneError('rate_limited', `Expected ${allowed}; got more.`);
    }
    this.#audioSeconds += seconds;
    return waitMs;
  }

  /** What the stream has exceeded by now. */
  exceeded(nowMs: number): UndertoneError | null {
    const { maxSessionSeconds, idleTimeoutMs } = this.#services.config;
    const lengthSeconds = Math.max((nowMs - this.#openedAtMs) / 1000, this.#audioSeconds);
    if (lengthSeconds > maxSessionSeconds) {
      return exceeds('session_limit', `Expected a stream of at most ${maxSessionSeconds} s; it went on.`);
    }
    if (nowMs - this.#lastInputAtMs > idleTimeoutMs) {
      const message = `Expected audio or KeepAlive within ${idleTimeoutMs} ms; nothing came.`;
      return exceeds('idle_timeout', message);
    }
    return null;
  }
}

function exceeds(code: ErrorCode, message: string): UndertoneError {
  return new UndertoneError(code, message);
}
