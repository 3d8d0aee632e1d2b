/**
 * A stream on a server, through losses of the connection. The server hands out checkpoints; what was written since the newest
 * is kept, and when the connection is lost another one presents the checkpoint, sends that audio again and tells which
 * results have come: none is lost and none comes twice.
 */
import { UndertoneError } from '@undertone/core';
import type { BeginMessage, ClientMessage } from '@undertone/proto';
import { isConfigureAnswer } from './configure.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { DeliveredMessages } from './delivered-messages.ts';
import type { EmotionEngine, EngineHandlers } from './emotion-engine.ts';
import { Outbox } from './outbox.ts';
import { parseServerMessage } from './parse-server-message.ts';
import { toUndertoneError } from './server-error.ts';

export interface ServerEngineHandlers extends EngineHandlers {
  /** The connection was lost and is tried again, for the given time from 1. */
  readonly onReconnecting: (error: UndertoneError, attempt: number) => void;
  /** It goes on from this sample; what had been written since is sent again. */
  readonly onReconnected: (fromSample: number) => void;
}

export interface ServerEngineOptions extends ConnectionOptions {
  /** One sample of every channel. */
  readonly bytesPerSample: number;
  /** Audio that is held, sent or not. */
  readonly maxKeptBytes: number;
  /** So much audio does not stay unanswered by a server that hears it. */
  readonly silentBytes: number;
}

/** Checkpoints come every 5 s of audio. */
const silentMs = 15_000;

export const protocolVersion = 'undertone.v1';

export class ServerEngine implements EmotionEngine {
  readonly #options: ServerEngineOptions;
  readonly #handlers: ServerEngineHandlers;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #delivered = new DeliveredMessages();
  #checkpoint: string | null = null;
  #hasBegun = false;
  #keeps = false;
  #hasSummary = false;
  #isOver = false;
  #fatal: UndertoneError | null = null;
  #heardAtMs = 0;
  /** Bytes sent since something was heard. */
  #unansweredBytes = 0;

  /**
   * Connects at once.
   * @throws UndertoneError `bad_parameter`
   */
  constructor(options: ServerEngineOptions, handlers: ServerEngineHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#outbox = new Outbox(options.bytesPerSample, options.maxKeptBytes);
    this.#connection = new Connection(options, {
      onOpen: () => this.#restore(),
      onText: (text) => this.#receive(text),
      onLost: (error) => this.#lost(error),
      onRetry: (error, attempt) => handlers.onReconnecting(error, attempt),
      onEnd: (error) => this.#end(this.#hasSummary ? this.#fatal : (this.#fatal ?? this.#explained(error))),
    });
    this.#connection.open('');
  }

  sendAudio(bytes: Uint8Array): Promise<void> {
    this.#expectAnswers(bytes.length);
    return this.#outbox.sendAudio(bytes);
  }

  sendMessage(message: ClientMessage): Promise<void> {
    this.#outbox.sendMessage(message);
    return Promise.resolve();
  }

  terminate(): void {
    this.#isOver = true;
    this.#outbox.close();
    this.#connection.terminate();
  }

  /** A server that hears audio gives checkpoints: one that gives none is not there any more, whatever the socket says. */
  #expectAnswers(byteLength: number): void {
    this.#unansweredBytes += byteLength;
    if (!this.#keeps || this.#unansweredBytes < this.#options.silentBytes) return;
    if (Date.now() - this.#heardAtMs < silentMs) return;
    this.#unansweredBytes = 0;
    this.#connection.giveUp(`nothing heard for ${silentMs} ms while audio was sent`);
  }

  #restore(): void {
    if (this.#checkpoint === null) return;
    const { ordinals } = this.#delivered;
    const message: ClientMessage = { type: 'Restore', checkpoint: this.#checkpoint, ordinals };
    this.#connection.socket?.sendText(JSON.stringify(message));
  }

  #receive(text: string): void {
    if (this.#isOver) return;
    this.#heardAtMs = Date.now();
    this.#unansweredBytes = 0;
    const message = parseServerMessage(text);
    if (!message) {
      const shown = text.slice(0, 80);
      this.#end(new UndertoneError('bad_message', `Expected a message of ${protocolVersion}; got ${shown}`));
      return;
    }
    if (message.type === 'Checkpoint') {
      this.#takeCheckpoint(message.checkpoint, message.sample);
      return;
    }
    if (message.type === 'Error' && message.fatal) this.#fatal ??= this.#explained(toUndertoneError(message));
    if (message.type === 'Begin' && this.#hasBegun) {
      this.#resume(message);
      return;
    }
    if (message.type === 'Begin' && !this.#begin(message)) return;
    if (message.type === 'Summary') {
      this.#hasSummary = true;
      this.#connection.socket?.ending();
    }
    if (isConfigureAnswer(message) && !this.#outbox.answered()) return;
    const delivered = this.#delivered.next(message);
    if (delivered) this.#handlers.onMessage(delivered);
  }

  /** @returns whether this is a server that can be talked to */
  #begin({ protocol, config }: BeginMessage): boolean {
    if (protocol !== protocolVersion) {
      const expected = `Expected a server that speaks ${protocolVersion}; it speaks ${protocol ?? 'something else'}`;
      const advice = 'Use the client that belongs to the server, or update the server.';
      this.#end(new UndertoneError('protocol_mismatch', `${expected}. ${advice}`));
      return false;
    }
    this.#hasBegun = true;
    // Older servers give no checkpoints; they are heard all the same.
    this.#keeps = this.#options.reconnect !== null && config?.checkpoints === true;
    this.#connect();
    return true;
  }

  #connect(): void {
    this.#connection.confirmed();
    const { socket } = this.#connection;
    if (socket) this.#outbox.connected(socket, this.#keeps);
  }

  /** The server says from where on it needs the audio. */
  #resume({ resumed, sample = 0 }: BeginMessage): void {
    if (resumed !== true || !this.#outbox.rewind(sample)) {
      const expected = 'Expected the server to continue at a sample that is still kept';
      const found = resumed === true ? `it wants sample ${sample}` : 'it begins a new stream';
      this.#end(new UndertoneError('connection_lost', `${expected}; ${found}.`));
      return;
    }
    this.#fatal = null;
    this.#connect();
    this.#handlers.onReconnected(sample);
  }

  #takeCheckpoint(checkpoint: string, sample: number): void {
    if (!this.#keeps) return;
    this.#checkpoint = checkpoint;
    this.#outbox.confirmed(sample);
  }

  /** @returns whether it can go on on another connection */
  #lost(error: UndertoneError): boolean {
    this.#outbox.disconnected();
    const cause = this.#fatal ?? error;
    if (this.#hasSummary || this.#checkpoint === null || !cause.spec.retryable) return false;
    this.#fatal = null;
    return true;
  }

  /** What it means for somebody who wanted to go on. */
  #explained(error: UndertoneError): UndertoneError {
    if (error.code === 'connection_lost' && this.#hasBegun && !this.#keeps && this.#options.reconnect) {
      const advice = 'This server gives no checkpoints to go on from: begin a new stream.';
      return new UndertoneError(error.code, `${error.message} ${advice}`, { cause: error });
    }
    if (error.code !== 'bad_checkpoint') return error;
    const advice =
      'The server was restarted, or is another: with one --checkpoint-key-file servers go on with the streams of each other. Begin a new stream.';
    return new UndertoneError(error.code, `${error.message} ${advice}`, { cause: error });
  }

  #end(error: UndertoneError | null): void {
    if (this.#isOver) return;
    this.terminate();
    this.#handlers.onEnd(error);
  }
}
