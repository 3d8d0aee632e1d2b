/**
 * A connection that continues a stream: waits for the checkpoint, which has to come first, and is from then on the session
 * of that stream.
 */
import { UndertoneError } from '@undertone/core';
import {
  type ClientMessage,
  MessageSequence,
  type RestoreMessage,
  type StreamConfig,
} from '@undertone/proto';
import { closeCodeLabel } from '../observability/metrics.ts';
import type { Session } from './session.ts';
import type { SessionServices, SessionTransport, TransportName } from './session-services.ts';

export interface RestoringOptions {
  readonly id: string;
  readonly config: StreamConfig;
  readonly services: SessionServices;
  readonly transport: SessionTransport;
  /**
   * Opens the stream.
   * @throws UndertoneError `bad_checkpoint`, `unknown_model`, `forbidden`, `role_not_allowed`
   */
  readonly restore: (message: RestoreMessage) => Session;
  /** Called once, if no stream was opened. */
  readonly onClosed: () => void;
}

export class RestoringSession implements Session {
  readonly #options: RestoringOptions;
  readonly #openedAtMs: number;
  #stream: Session | null = null;
  #isRefused = false;

  constructor(options: RestoringOptions) {
    this.#options = options;
    this.#openedAtMs = options.services.now();
  }

  get id(): string {
    return this.#stream?.id ?? this.#options.id;
  }

  get transport(): TransportName {
    return this.#options.transport.name;
  }

  get model(): string {
    return this.#stream?.model ?? this.#options.config.model;
  }

  get isClosed(): boolean {
    return this.#isRefused || (this.#stream?.isClosed ?? false);
  }

  get bufferedBytes(): number {
    return this.#options.transport.bufferedBytes;
  }

  get canMove(): boolean {
    return this.#stream?.canMove ?? false;
  }

  receiveAudio(bytes: Uint8Array): void {
    if (this.#stream) this.#stream.receiveAudio(bytes);
    else if (bytes.length > 0) this.#refuse(expectedRestore('audio'));
  }

  receive(message: ClientMessage): void {
    if (this.#stream) this.#stream.receive(message);
    else if (message.type === 'Restore') this.#restore(message);
    else if (message.type !== 'KeepAlive') this.#refuse(expectedRestore(message.type));
  }

  receiveInvalid(error: UndertoneError): void {
    if (this.#stream) this.#stream.receiveInvalid(error);
    else this.#refuse(error);
  }

  messageTooLarge(): void {
    if (this.#stream) {
      this.#stream.messageTooLarge();
      return;
    }
    const limit = this.#options.services.config.maxFrameBytes;
    const message = `Expected messages of at most ${limit} bytes; got a larger one.`;
    this.#refuse(new UndertoneError('message_too_large', message));
  }

  defect(cause: unknown): void {
    const error = new UndertoneError('internal', 'Restoring this stream failed.', { cause });
    if (this.#stream) this.#stream.defect(cause);
    else this.#refuse(error);
  }

  disconnected(code: number): void {
    if (this.#stream) {
      this.#stream.disconnected(code);
      return;
    }
    this.#options.services.metrics.closes.inc({ code: closeCodeLabel(code) });
    this.#close();
  }

  warnOfDrain(): void {
    this.#stream?.warnOfDrain();
  }

  goAway(): void {
    if (this.#stream) this.#stream.goAway();
    else this.#refuse(new UndertoneError('going_away', 'The server is shutting down and takes no stream.'));
  }

  supersede(): void {
    this.#stream?.supersede();
  }

  checkLimits(): void {
    if (this.#stream || this.#isRefused) return;
    const { services } = this.#options;
    const { idleTimeoutMs } = services.config;
    if (services.now() - this.#openedAtMs <= idleTimeoutMs) return;
    const message = `Expected Restore within ${idleTimeoutMs} ms; nothing came.`;
    this.#refuse(new UndertoneError('idle_timeout', message));
  }

  #restore(message: RestoreMessage): void {
    if (this.#isRefused) return;
    const { restore, services } = this.#options;
    try {
      this.#stream = restore(message);
      services.metrics.streamsResumed.inc({ outcome: 'resumed' });
    } catch (cause) {
      const error =
        cause instanceof UndertoneError
          ? cause
          : new UndertoneError('internal', 'Restoring this stream failed.', { cause });
      services.metrics.streamsResumed.inc({ outcome: error.code });
      this.#refuse(error);
    }
  }

  #refuse(error: UndertoneError): void {
    if (this.#isRefused) return;
    const { services, transport, id, config } = this.#options;
    services.metrics.errors.inc({ code: error.code });
    if (error.code === 'internal') services.log.error({ err: error }, 'restoring a stream failed');
    transport.send(new MessageSequence(id, config).error(error.code, error.message, true));
    transport.close(error.spec.closeCode, error.code);
    this.#close();
  }

  #close(): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#options.onClosed();
  }
}

function expectedRestore(found: string): UndertoneError {
  return new UndertoneError('bad_message', `Expected Restore first, because of resume=true; got ${found}.`);
}
