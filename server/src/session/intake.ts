/**
 * Hands on what a client sent, in order. Input is handled as it comes while the recogniser keeps up. When it does not (a
 * file sent faster than real time), or a message has to take effect before what follows, input waits in the inbox and the
 * transport stops reading: the sender is slowed down, not cut off.
 */
import type { RecogniserHandle } from '../inference/recogniser-handle.ts';
import { Inbox, type InboxItem } from './inbox.ts';
import type { ReadingGate } from './reading-gate.ts';

const sliceSeconds = 0.5;
const readAheadFactor = 4;

export interface IntakeOptions {
  readonly recogniser: Pick<RecogniserHandle, 'pendingMs' | 'drained'>;
  readonly gate: ReadingGate;
  /** Bytes of one second of audio. */
  readonly bytesPerSecond: number;
  /** Bytes that may wait before the transport stops reading. */
  readonly maxInboxBytes: number;
  /** Audio that may wait for the model before no more of it is handed on. */
  readonly maxPendingMs: number;
  /** Takes audio that came at `atMs`. */
  readonly onAudio: (bytes: Uint8Array, atMs: number) => void;
  /** Whether input has to wait for a message of the client; `proceed` is called when it may go on. */
  readonly mustWait: () => boolean;
  /** Something was thrown that nobody expects. */
  readonly onDefect: (cause: unknown) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #inbox: Inbox;
  #isWaiting = false;
  #isStopped = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#inbox = new Inbox(Math.ceil(options.bytesPerSecond * sliceSeconds));
  }

  /** Whether input is held back. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  push(item: InboxItem): void {
    if (this.#isStopped) return;
    this.#inbox.push(item);
    this.proceed();
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

  proceed(): void {
    const { recogniser, maxPendingMs, mustWait, onDefect } = this.#options;
    try {
      while (!this.#isWaiting && !this.#isStopped && !mustWait()) {
        const item = this.#inbox.next();
        if (!item) break;
        this.#handle(item);
        if (!this.#isStopped && !this.#isWaiting && recogniser.pendingMs > maxPendingMs) {
          this.#waitFor(recogniser.drained());
        }
      }
      this.#holdOrRelease();
    } catch (cause) {
      // Caught here, because who calls may be a timer or a promise: one stream must not end the process.
      onDefect(cause);
    }
  }

  #handle(item: InboxItem): void {
    if (item.kind === 'audio') {
      this.#options.onAudio(item.bytes, item.atMs);
    } else if (item.kind === 'control') {
      this.#waitFor(item.run());
    } else {
      this.stop();
      item.run().catch(this.#options.onDefect);
    }
  }

  /** Holds back the inbox until then. */
  #waitFor(done: Promise<void>): void {
    this.#isWaiting = true;
    done.then(
      () => {
        this.#isWaiting = false;
        this.proceed();
      },
      // Once stopped, the recogniser was closed or failed, which is reported through its onError.
      (cause: unknown) => {
        if (!this.#isStopped) this.#options.onDefect(cause);
      },
    );
  }

  #holdOrRelease(): void {
    const { gate, maxInboxBytes, mustWait } = this.#options;
    // What ends the waiting may stand behind audio that has to be read first.
    const limit = mustWait() ? readAheadFactor * maxInboxBytes : maxInboxBytes;
    if (this.#inbox.bytes > limit) gate.hold('inbox');
    else if (this.#inbox.bytes <= limit / 2) gate.release('inbox');
  }
}
