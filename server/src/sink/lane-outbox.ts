/**
 * What waits for a sink that acknowledges each event: a lane for each session, one event of a lane on its way at a time. So
 * events of a session arrive in order whatever fails between, and a session whose events are refused holds up no other.
 */
import type { Logger } from '../observability/logger.ts';
import { Fifo } from './fifo.ts';
import { GapShare } from './gap-share.ts';
import { retryDelayMs } from './retry-delay.ts';
import { type AcknowledgingSink, type Outbox, SinkBusy, type SinkEvent } from './sink.ts';

export interface LaneOutboxOptions {
  readonly sink: AcknowledgingSink;
  /** Durable events that wait; those of the moment never do. */
  readonly maxEvents: number;
  readonly log: Logger;
  readonly onDelivered: (event: SinkEvent) => void;
  readonly onDropped: (event: SinkEvent) => void;
  /** One that may not wait, because as many of its session do. */
  readonly onOverShare: () => void;
  readonly onFailed: () => void;
}

interface Waiting {
  readonly event: SinkEvent;
  readonly sinceMs: number;
}

interface Lane {
  readonly session: string;
  readonly waiting: Fifo<Waiting>;
  /** In a row. */
  failures: number;
}

export class LaneOutbox implements Outbox {
  readonly #options: LaneOutboxOptions;
  /** Those with events. */
  readonly #lanes = new Map<string, Lane>();
  /** Lanes whose first event may be delivered now, the one that has waited longest first. */
  readonly #ready = new Fifo<Lane>();
  readonly #gaps: GapShare;
  /** Lanes that are tried again later. */
  readonly #paused = new Map<Lane, NodeJS.Timeout>();
  #busy: NodeJS.Timeout | null = null;
  #length = 0;
  #inFlight = 0;
  /** Lanes whose last attempt failed. */
  #failing = 0;
  #isClosing = false;
  #isClosed = false;
  #onEmpty: (() => void) | null = null;

  constructor(options: LaneOutboxOptions) {
    this.#options = options;
    this.#gaps = new GapShare(options.maxEvents);
  }

  get name(): string {
    return this.#options.sink.name;
  }

  get length(): number {
    return this.#length;
  }

  push(event: SinkEvent): void {
    const { sink, maxEvents, onDelivered, onDropped, onOverShare } = this.#options;
    if (this.#isClosed || !sink.wants(event)) return;
    if (!event.isDurable) {
      if (sink.offer(event)) onDelivered(event);
      else onDropped(event);
      return;
    }
    if (this.#length >= maxEvents) {
      onDropped(event);
      return;
    }
    if (!this.#gaps.enter(event)) {
      onOverShare();
      return;
    }
    this.#length++;
    const waiting = { event, sinceMs: performance.now() };
    const lane = this.#lanes.get(event.session);
    if (lane) {
      lane.waiting.push(waiting);
      return;
    }
    const opened: Lane = { session: event.session, waiting: new Fifo(), failures: 0 };
    opened.waiting.push(waiting);
    this.#lanes.set(event.session, opened);
    this.#ready.push(opened);
    this.#startReady();
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    this.#resumeAll();
    if (this.#length > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    }
    this.#isClosed = true;
    for (const timer of this.#paused.values()) clearTimeout(timer);
    if (this.#busy) clearTimeout(this.#busy);
    const { sink, log } = this.#options;
    if (this.#length > 0) log.error({ sink: sink.name, events: this.#length }, 'results were not delivered');
    await sink.close();
  }

  #startReady(): void {
    const { maxInFlight } = this.#options.sink;
    while (!this.#isClosed && !this.#busy && this.#inFlight < maxInFlight && this.#ready.length > 0)
      void this.#deliverFirst(this.#ready.shift()!);
  }

  async #deliverFirst(lane: Lane): Promise<void> {
    const { sink, onDelivered } = this.#options;
    const { event, sinceMs } = lane.waiting.first!;
    this.#inFlight++;
    try {
      await sink.deliver(event, performance.now() - sinceMs);
    } catch (cause) {
      this.#inFlight--;
      this.#failed(lane, cause);
      this.#startReady();
      return;
    }
    this.#inFlight--;
    this.#length--;
    this.#gaps.leave(event);
    onDelivered(event);
    lane.waiting.shift();
    this.#recovered(lane);
    if (lane.waiting.length > 0) this.#ready.push(lane);
    else this.#lanes.delete(lane.session);
    if (this.#length === 0) this.#onEmpty?.();
    this.#startReady();
  }

  #recovered(lane: Lane): void {
    if (lane.failures === 0) return;
    lane.failures = 0;
    this.#failing--;
    const { sink, log } = this.#options;
    if (this.#failing === 0) log.info({ sink: sink.name }, 'the sink takes results again');
  }

  #failed(lane: Lane, cause: unknown): void {
    if (this.#isClosed) return;
    const { sink, log, onFailed } = this.#options;
    onFailed();
    if (lane.failures++ === 0 && this.#failing++ === 0)
      log.error({ sink: sink.name, err: cause }, 'results wait: the sink does not take them');
    if (cause instanceof SinkBusy && !this.#isClosing) {
      this.#ready.putBack(lane);
      this.#pauseAll(Math.max(cause.afterMs, retryDelayMs(lane.failures)));
      return;
    }
    const timer = setTimeout(() => {
      this.#paused.delete(lane);
      this.#ready.push(lane);
      this.#startReady();
    }, retryDelayMs(lane.failures));
    this.#paused.set(lane, timer);
  }

  /** The last that was said counts. */
  #pauseAll(ms: number): void {
    if (this.#busy) clearTimeout(this.#busy);
    this.#busy = setTimeout(() => {
      this.#busy = null;
      this.#startReady();
    }, ms);
  }

  /** There is no time left to wait. */
  #resumeAll(): void {
    for (const [lane, timer] of this.#paused) {
      clearTimeout(timer);
      this.#ready.push(lane);
    }
    this.#paused.clear();
    if (this.#busy) clearTimeout(this.#busy);
    this.#busy = null;
    this.#startReady();
  }
}
