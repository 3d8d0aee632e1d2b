/** One call of `StreamAnalyze`: its configuration comes first, then audio and control messages. */
import { UndertoneError } from '@undertone/core';
import { buildStreamQuery, ProtocolError, parseStreamQuery } from '@undertone/proto';
import { type ClientRequest, decodeClientMessage } from '@undertone/proto/protobuf';
import type { Authenticator, Principal } from '../../auth/principal.ts';
import type { Session } from '../../session/session.ts';
import type { SessionHost } from '../../session/session-host.ts';
import { asUndertoneError } from '../as-undertone-error.ts';
import { callCredentials } from './call-credentials.ts';
import { failedStatus } from './grpc-status.ts';
import { type BytesCall, GrpcTransport } from './grpc-transport.ts';

type ConfigRequest = ClientRequest & { type: 'Config' };

/** As RFC 6455 numbers a connection that was lost. */
const lostCode = 1006;

export class StreamCall {
  readonly #call: BytesCall;
  readonly #host: SessionHost;
  readonly #authenticator: Authenticator;
  readonly #onOpenOrOver: () => void;
  #timer: NodeJS.Timeout | undefined;
  #principal: Principal | null = null;
  #session: Session | null = null;
  #isOver = false;

  /** @param onOpenOrOver called once, when the stream is open or never will be */
  constructor(call: BytesCall, host: SessionHost, authenticator: Authenticator, onOpenOrOver: () => void) {
    this.#call = call;
    this.#host = host;
    this.#authenticator = authenticator;
    this.#onOpenOrOver = onOpenOrOver;
    call.on('cancelled', () => this.#lost());
  }

  /** Never throws, never rejects. */
  async start(): Promise<void> {
    try {
      this.#host.expectRoom();
      const { idleTimeoutMs } = this.#host.services.config;
      this.#timer = setTimeout(() => {
        const expected = `Expected the configuration within ${idleTimeoutMs} ms`;
        this.#refuse(new UndertoneError('idle_timeout', `${expected}; nothing came.`));
      }, idleTimeoutMs);
      this.#principal = await this.#authenticator.authenticate(callCredentials(this.#call));
      if (this.#isOver) return;
      this.#call.on('data', (bytes) => this.#receive(bytes));
      this.#call.on('end', () => this.#ended());
    } catch (cause) {
      this.#refuse(cause);
    }
  }

  #receive(bytes: Buffer): void {
    try {
      const message = decodeClientMessage(bytes);
      if (this.#session) this.#deliver(this.#session, message);
      else if (message.type === 'Config') void this.#open(message);
      else if (!this.#isOver) throw expectedConfig(message.type);
    } catch (cause) {
      const error = cause instanceof ProtocolError ? new UndertoneError(cause.code, cause.message) : cause;
      if (!this.#session) this.#refuse(error);
      else if (error instanceof UndertoneError) this.#session.receiveInvalid(error);
      // A defect met by one stream must not end the process, and with it all others.
      else this.#session.defect(error);
    }
  }

  #deliver(session: Session, message: ClientRequest): void {
    if (message.type === 'Config')
      throw new UndertoneError('bad_message', 'Expected the configuration once; it came again.');
    if (message.type !== 'Audio') session.receive(message);
    else if (message.audio.length > this.#host.services.config.maxFrameBytes) session.messageTooLarge();
    else session.receiveAudio(message.audio);
  }

  async #open({ config, restore }: ConfigRequest): Promise<void> {
    this.#call.pause();
    try {
      const query = parseStreamQuery(new URLSearchParams(buildStreamQuery(config)));
      const [traceparent] = this.#call.metadata.get('traceparent');
      const admission = await this.#host.admit({
        transport: 'grpc',
        query,
        principal: this.#principal!,
        traceparent: traceparent === undefined ? undefined : String(traceparent),
      });
      if (this.#isOver) {
        admission.lease.release();
        return;
      }
      this.#session = this.#host.open(admission, new GrpcTransport(this.#call));
      this.#opened();
      if (restore) this.#session.receive(restore);
      this.#call.resume();
    } catch (cause) {
      this.#refuse(cause instanceof ProtocolError ? new UndertoneError(cause.code, cause.message) : cause);
    }
  }

  /** Half-closing says that no more audio comes. */
  #ended(): void {
    if (this.#session) this.#session.receive({ type: 'CloseStream' });
    else if (!this.#isOver) this.#refuse(expectedConfig('the end of the requests'));
  }

  #lost(): void {
    if (this.#session) {
      if (!this.#session.isClosed) this.#session.disconnected(lostCode);
    } else if (!this.#isOver) {
      this.#isOver = true;
      this.#opened();
    }
  }

  #opened(): void {
    clearTimeout(this.#timer);
    this.#onOpenOrOver();
  }

  #refuse(cause: unknown): void {
    if (this.#isOver || this.#session) return;
    this.#isOver = true;
    this.#opened();
    const error = asUndertoneError(cause, 'Opening a stream failed.', this.#host.services.log);
    this.#host.countRefusal(error);
    this.#call.emit('error', failedStatus(error.code, error.message));
    // What still comes is dropped.
    this.#call.resume();
  }
}

function expectedConfig(found: string): UndertoneError {
  return new UndertoneError('bad_message', `Expected config as the first message; got ${found}.`);
}
