/**
 * Moves what a client sent into the recogniser. Input is handled as it comes while the recogniser keeps up. When it
 * does not (a file sent faster than real time), input waits in the inbox and the transport stops reading: the sender is
 * slowed down, not cut off.
 */
import type { RecogniserHandle } from '../inference/recogniser-handle.ts';
import type { ArrivalClock } from './arrival-clock.ts';
import { Inbox, type InboxItem } from './inbox.ts';
import type { SessionTransport } from './session-services.ts';

const sliceSeconds = 0.5;

export interface IntakeOptions {
  readonly recogniser: RecogniserHandle;
  readonly arrivals: ArrivalClock;
  readonly transport: SessionTransport;
  /** Bytes of one second of audio. */
  readonly bytesPerSecond: number;
  /** Bytes that may wait before the transport stops reading. */
  readonly maxInboxBytes: number;
  /** Audio that may wait for the model before no more of it is handed on. */
  readonly maxPendingMs: number;
  /** All input before the end has been taken in. */
  readonly onEnd: () => void;
  /** Something was thrown that nobody expects. */
  readonly onDefect: (cause: unknown) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #inbox: Inbox;
  #isWaiting = false;
  #isPaused = false;
  #isStopped = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#inbox = new Inbox(Math.ceil(options.bytesPerSecond * sliceSeconds));
  }

  /** Whether input is held back until the recogniser has caught up. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  push(item: InboxItem): void {
    if (this.#isStopped) return;
    this.#inbox.push(item);
    this.#proceed();
  }

  /** Drops what waits; returns the bytes of audio in it. */
  clear(): number {
    const { audioBytes } = this.#inbox;
    this.#inbox.clear();
    return audioBytes;
  }

  /** Drops what waits and takes no more. */
  stop(): void {
    this.#isStopped = true;
    this.#inbox.clear();
  }

  #proceed(): void {
    const { recogniser, maxPendingMs, onDefect } = this.#options;
    try {
      while (!this.#isWaiting && !this.#isStopped) {
        const item = this.#inbox.next();
        if (!item) break;
        this.#handle(item);
        if (!this.#isStopped && recogniser.pendingMs > maxPendingMs) this.#waitFor(recogniser.drained());
      }
      this.#pauseOrResume();
    } catch (cause) {
      // Caught here, because who calls may be a timer or a promise: one stream must not end the process.
      onDefect(cause);
    }
  }

  #handle(item: InboxItem): void {
    const { recogniser, arrivals, onEnd } = this.#options;
    if (item.kind === 'audio') {
      recogniser.accept(item.bytes);
      arrivals.received(recogniser.receivedSamples, item.atMs);
      return;
    }
    arrivals.boundary(item.atMs);
    if (item.kind === 'finalize') this.#waitFor(recogniser.finalize());
    else {
      this.stop();
      onEnd();
    }
  }

  /** Holds back the inbox until then. */
  #waitFor(done: Promise<void>): void {
    this.#isWaiting = true;
    const proceed = (): void => {
      this.#isWaiting = false;
      this.#proceed();
    };
    // A rejection means that the recogniser was closed or failed, which is reported through its onError.
    done.then(proceed, () => {});
  }

  #pauseOrResume(): void {
    const { transport, maxInboxBytes } = this.#options;
    if (!this.#isPaused && this.#inbox.bytes > maxInboxBytes) {
      this.#isPaused = true;
      transport.pause();
    } else if (this.#isPaused && this.#inbox.bytes <= maxInboxBytes / 2) {
      this.#isPaused = false;
      transport.resume();
    }
  }
}
