/**
 * The connection of a stream to its server, through losses of either. The server hands out checkpoints; what was sent
 * since the newest is kept, and when the connection is lost another one presents the checkpoint, sends that audio
 * again and tells which results have come: none is lost and none comes twice.
 */

import { errorSpecs, UndertoneError } from '@undertone/core';
import type { BeginMessage, ClientMessage, Envelope, ServerMessage } from '@undertone/proto';
import { openSocket } from '#socket';
import { backoffMs } from '../transport/backoff.ts';
import type { Socket, SocketOptions } from '../transport/socket.ts';
import { Deferred } from './deferred.ts';
import { parseServerMessage } from './parse-server-message.ts';
import type { ReconnectSettings } from './reconnect-options.ts';
import { ReplayLog } from './replay-log.ts';
import { toUndertoneError } from './server-error.ts';

export interface ConnectionHandlers {
  /** Every message but checkpoints and the `Begin` of a later connection, numbered without a gap. */
  readonly onMessage: (message: ServerMessage) => void;
  /** The connection was lost and is tried again. */
  readonly onReconnecting: (error: UndertoneError, attempt: number) => void;
  /** It goes on from this sample; what had been sent since is sent again. */
  readonly onReconnected: (fromSample: number) => void;
  /** Called once. Null after a `Summary`. */
  readonly onEnd: (error: UndertoneError | null) => void;
}

export interface ConnectionOptions extends SocketOptions {
  /** With the parameters of the stream; more than one for a fleet, tried in turn. */
  readonly urls: readonly string[];
  /** Null: a lost connection ends the stream. */
  readonly reconnect: ReconnectSettings | null;
  /** One sample of every channel. */
  readonly bytesPerSample: number;
}

const sliceBytes = 65_536;
const checkpointPatienceMs = 2000;

export class StreamConnection {
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #log = new ReplayLog();
  readonly #ordinals: number[] = [];
  #socket: Socket;
  #attempts = 0;
  #seq = 0;
  #lostAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #checkpoint: string | null = null;
  /** The server gives checkpoints, so that what is sent is worth keeping. */
  #keeps = false;
  /** No checkpoint came in time. */
  #isOverdue = false;
  #isLive = false;
  #hasBegun = false;
  #isClosed = false;
  #hasSummary = false;
  #fatal: UndertoneError | null = null;
  /** Everyone who waits for the connection, a checkpoint or the end. */
  #changed = new Deferred<void>();

  /** @throws UndertoneError `bad_parameter` */
  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#socket = this.#connect();
  }

  /** Resolves when there is room for more. Returns early when closed. */
  async sendAudio(bytes: Uint8Array): Promise<void> {
    if (!(await this.#untilLive())) return;
    if (this.#keeps) this.#log.appendAudio(bytes);
    const socket = this.#socket;
    for (let start = 0; start < bytes.length && this.#socket === socket; start += sliceBytes) {
      socket.sendBinary(bytes.subarray(start, start + sliceBytes));
      await socket.writable();
    }
    // What a new connection is owed it gets from the log.
    if (this.#keeps && this.#log.keptBytes > this.#mostKeptBytes) await this.#checkpointOrForget();
  }

  get #mostKeptBytes(): number {
    return this.#options.reconnect?.maxKeptBytes ?? 0;
  }

  /** Waits for a checkpoint to cover what is kept; from a server that gives none the oldest is not kept any longer. */
  async #checkpointOrForget(): Promise<void> {
    const deadline = setTimeout(() => {
      this.#isOverdue = true;
      this.#wake();
    }, checkpointPatienceMs);
    while (!this.#isClosed && !this.#isOverdue && this.#log.keptBytes > this.#mostKeptBytes)
      await this.#changed.promise;
    clearTimeout(deadline);
    this.#log.forgetBefore(this.#log.endBytes - this.#mostKeptBytes);
  }

  async sendMessage(message: ClientMessage): Promise<void> {
    if (!(await this.#untilLive())) return;
    const text = JSON.stringify(message);
    if (this.#keeps) this.#log.appendText(text);
    this.#socket.sendText(text);
  }

  /** Without a goodbye. Idempotent. */
  terminate(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket.terminate();
    this.#wake();
  }

  async #untilLive(): Promise<boolean> {
    while (!this.#isLive && !this.#isClosed) await this.#changed.promise;
    return !this.#isClosed;
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = new Deferred();
    changed.resolve();
  }

  #connect(): Socket {
    const { urls } = this.#options;
    const url = urls[this.#attempts % urls.length]!;
    const isResumed = this.#checkpoint !== null;
    const socket: Socket = openSocket(isResumed ? `${url}&resume=true` : url, null, this.#options, {
      onOpen: () => this.#restore(socket),
      onText: (text) => this.#receive(text, socket),
      onClose: (error) => this.#closed(error, socket),
    });
    return socket;
  }

  #restore(socket: Socket): void {
    if (this.#checkpoint === null) return;
    const message: ClientMessage = {
      type: 'Restore',
      checkpoint: this.#checkpoint,
      ordinals: Array.from(this.#ordinals, (count) => count ?? 0),
    };
    socket.sendText(JSON.stringify(message));
  }

  #receive(text: string, socket: Socket): void {
    if (this.#isClosed || socket !== this.#socket) return;
    const message = parseServerMessage(text);
    if (!message) {
      const shown = text.slice(0, 80);
      this.#end(new UndertoneError('bad_message', `Expected a message of undertone.v1; got ${shown}`));
      return;
    }
    if (message.type === 'Checkpoint') {
      this.#takeCheckpoint(message.checkpoint, message.sample);
      return;
    }
    if (message.type === 'Error' && message.fatal) this.#fatal ??= toUndertoneError(message);
    if (message.type === 'Begin') {
      socket.opened();
      if (this.#hasBegun) {
        void this.#replay(message, socket);
        return;
      }
      this.#hasBegun = true;
      this.#keeps = this.#options.reconnect !== null && message.config?.checkpoints === true;
      this.#setLive();
    }
    if (message.type === 'Summary') {
      this.#hasSummary = true;
      socket.ending();
    }
    if ('ordinal' in message && message.ordinal !== undefined && !this.#isNew(message)) return;
    // Checkpoints are not told, and every connection counts from 0.
    this.#handlers.onMessage({ ...message, seq: this.#seq++ });
  }

  /** @returns false for an event that came before */
  #isNew({ channel, ordinal = 0 }: { readonly channel: number; readonly ordinal?: number }): boolean {
    const next = this.#ordinals[channel] ?? 0;
    if (ordinal < next) return false;
    this.#ordinals[channel] = ordinal + 1;
    return true;
  }

  #takeCheckpoint(checkpoint: string, sample: number): void {
    if (!this.#keeps) return;
    this.#checkpoint = checkpoint;
    this.#isOverdue = false;
    this.#log.forgetBefore(sample * this.#options.bytesPerSample);
    this.#wake();
  }

  #setLive(): void {
    this.#isLive = true;
    this.#attempts = 0;
    this.#wake();
  }

  /** The server says from where on it needs the audio. */
  async #replay({ resumed, sample }: BeginMessage & Envelope, socket: Socket): Promise<void> {
    const position = (sample ?? 0) * this.#options.bytesPerSample;
    const isKept = position >= this.#log.endBytes - this.#log.keptBytes && position <= this.#log.endBytes;
    if (resumed !== true || !isKept) {
      this.#end(
        new UndertoneError(
          'connection_lost',
          `Expected the server to continue at a sample that is still kept; it wants ${sample ?? 'a new stream'}.`,
        ),
      );
      return;
    }
    for (const entry of [...this.#log.from(position)]) {
      if ('text' in entry) socket.sendText(entry.text);
      else {
        socket.sendBinary(entry.audio);
        await socket.writable();
      }
      if (socket !== this.#socket || this.#isClosed) return;
    }
    this.#handlers.onReconnected(sample ?? 0);
    this.#setLive();
  }

  #closed(error: UndertoneError, socket: Socket): void {
    if (this.#isClosed || socket !== this.#socket) return;
    const cause = this.#fatal ?? error;
    if (this.#hasSummary) this.#end(this.#fatal);
    else if (!this.#reconnectLater(cause)) this.#end(cause);
  }

  /** @returns false when it is not worth trying */
  #reconnectLater(cause: UndertoneError): boolean {
    const { reconnect } = this.#options;
    const canResume = reconnect !== null && this.#checkpoint !== null;
    if (!canResume || !errorSpecs[cause.code].retryable) return false;
    const nowMs = performance.now();
    if (this.#isLive || this.#lostAtMs === 0) this.#lostAtMs = nowMs;
    const delayMs = backoffMs(this.#attempts, reconnect, Math.random());
    if (nowMs + delayMs - this.#lostAtMs > reconnect.giveUpAfterMs) return false;
    this.#isLive = false;
    this.#fatal = null;
    this.#attempts++;
    this.#handlers.onReconnecting(cause, this.#attempts);
    // A listener may have ended it.
    if (this.#isClosed) return true;
    this.#timer = setTimeout(() => {
      this.#socket = this.#connect();
    }, delayMs);
    return true;
  }

  #end(error: UndertoneError | null): void {
    if (this.#isClosed) return;
    this.terminate();
    this.#handlers.onEnd(error);
  }
}
