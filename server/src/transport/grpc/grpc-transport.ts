/** One call as a session sees it. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { ServerMessage } from '@undertone/proto';
import { encodeServerMessage } from '@undertone/proto/protobuf';
import type { SessionTransport } from '../../session/session-services.ts';
import { failedStatus, trailersOf } from './grpc-status.ts';

/** Requests and responses stay bytes up to here, so that what is wrong with them is ours to answer. */
export type BytesCall = ServerDuplexStream<Buffer, Buffer>;

/** Time for a client to read its last messages. */
const closeTimeoutMs = 5000;
/** CANCEL of RFC 9113. */
const http2Cancel = 8;

export class GrpcTransport implements SessionTransport {
  readonly name = 'grpc';
  readonly #call: BytesCall;
  #bufferedBytes = 0;
  #isOver = false;
  #error: string | null = null;

  constructor(call: BytesCall) {
    this.#call = call;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  send(message: ServerMessage): void {
    if (this.#isOver || this.#call.cancelled) return;
    if (message.type === 'Error' && message.fatal) this.#error = message.message;
    const bytes = Buffer.from(encodeServerMessage(message));
    this.#bufferedBytes += bytes.length;
    // Called once flow control has let it through, which it does as the client reads.
    this.#call.write(bytes, () => {
      this.#bufferedBytes -= bytes.length;
    });
  }

  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    if (!this.#isOver) this.#call.resume();
  }

  close(_code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (reason === 'ok') this.#call.end(trailersOf('ok'));
    else this.#call.emit('error', failedStatus(reason, this.#error ?? undefined));
    this.#cutLater();
  }

  /** A client that reads nothing would keep the call, and what is written, for as long as its connection lives. */
  #cutLater(): void {
    const timer = setTimeout(() => cut(this.#call), closeTimeoutMs).unref();
    this.#call.once('close', () => clearTimeout(timer));
  }
}

/** The library has no way for a server to cancel a call; its HTTP/2 stream has. */
function cut(call: BytesCall): void {
  const { stream } = (
    call as unknown as { call: { stream?: { destroyed: boolean; close(code: number): void } } }
  ).call;
  if (stream && !stream.destroyed) stream.close(http2Cancel);
}
