/**
 * What waits for one sink: bounded, in order, tried again until it is there. A sink that is slow or away costs streams
 * nothing; of what does not fit, the oldest of the moment is left out first, and only then what is durable.
 */
import type { Logger } from '../observability/logger.ts';
import { GapShare } from './gap-share.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Outbox, Sink, SinkEvent } from './sink.ts';

export interface SinkOutboxOptions {
  readonly sink: Sink;
  readonly maxEvents: number;
  readonly log: Logger;
  readonly onDelivered: (event: SinkEvent) => void;
  readonly onDropped: (event: SinkEvent) => void;
  /** One that may not wait, because as many of its session do. */
  readonly onOverShare: () => void;
  readonly onFailed: () => void;
}

const batchEvents = 256;
const deliverDeadlineMs = 10_000;

export class SinkOutbox implements Outbox {
  readonly #options: SinkOutboxOptions;
  #events: SinkEvent[] = [];
  readonly #gaps: GapShare;
  /** Events at the head that are being delivered and may not be left out. */
  #inFlight = 0;
  /** All before this one are durable: with many of them it would take long to look for one that is not. */
  #durableUpTo = 0;
  #isRunning = false;
  #failures = 0;
  #isClosed = false;
  #wake: (() => void) | null = null;
  #onEmpty: (() => void) | null = null;

  constructor(options: SinkOutboxOptions) {
    this.#options = options;
    this.#gaps = new GapShare(options.maxEvents);
  }

  get name(): string {
    return this.#options.sink.name;
  }

  get length(): number {
    return this.#events.length;
  }

  push(event: SinkEvent): void {
    if (this.#isClosed) return;
    if (!this.#gaps.enter(event)) {
      this.#options.onOverShare();
      return;
    }
    if (this.#events.length >= this.#options.maxEvents && !this.#makeRoom()) {
      this.#gaps.leave(event);
      this.#options.onDropped(event);
      return;
    }
    this.#events.push(event);
    if (!this.#isRunning) void this.#run();
  }

  /** Delivers what waits, for at most `graceMs`, and closes the sink. */
  async close(graceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    if (this.#events.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
        timer = setTimeout(resolve, graceMs);
        this.#wake?.();
      });
    }
    clearTimeout(timer);
    this.#isClosed = true;
    this.#wake?.();
    const { sink, log } = this.#options;
    if (this.#events.length > 0)
      log.error({ sink: sink.name, events: this.#events.length }, 'results were not delivered');
    await sink.close();
  }

  /** Leaves out the oldest that is not durable. @returns whether there was one */
  #makeRoom(): boolean {
    let index = Math.max(this.#durableUpTo, this.#inFlight);
    while (this.#events[index]?.isDurable) index++;
    this.#durableUpTo = index;
    const found = this.#events[index];
    if (!found) return false;
    this.#options.onDropped(found);
    this.#events.splice(index, 1);
    return true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#events.length > 0 && !this.#isClosed) {
      const batch = this.#events.slice(0, batchEvents);
      this.#inFlight = batch.length;
      const isDelivered = await this.#deliver(batch);
      this.#inFlight = 0;
      if (isDelivered) {
        this.#events = this.#events.slice(batch.length);
        for (const event of batch) this.#gaps.leave(event);
        this.#durableUpTo = Math.max(0, this.#durableUpTo - batch.length);
      } else {
        // What was on its way may be left out again.
        this.#durableUpTo = 0;
        await this.#pause();
      }
    }
    this.#isRunning = false;
    if (this.#events.length === 0) this.#onEmpty?.();
  }

  async #deliver(batch: readonly SinkEvent[]): Promise<boolean> {
    const { sink, log, onDelivered, onFailed } = this.#options;
    const signal = AbortSignal.timeout(deliverDeadlineMs);
    try {
      await Promise.race([sink.deliver(batch, signal), aborted(signal)]);
    } catch (cause) {
      if (this.#failures++ === 0)
        log.error({ sink: sink.name, err: cause }, 'results wait: the sink does not take them');
      onFailed();
      return false;
    }
    if (this.#failures > 0) log.info({ sink: sink.name }, 'the sink takes results again');
    this.#failures = 0;
    for (const event of batch) onDelivered(event);
    return true;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, retryDelayMs(this.#failures));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
