/**
 * What goes to the server: a bounded log, and the one task that empties it into the socket. While there is no connection, or a
 * slow one, it fills; when it is full, who writes waits.
 */
import type { ClientMessage } from '@undertone/proto';
import type { Socket } from '../transport/socket.ts';
import { Deferred } from './deferred.ts';
import { OutgoingLog, type OutgoingPiece } from './outgoing-log.ts';

const sliceBytes = 65_536;
/** They come every 5 s of audio, and audio is read at the speed of speech at least. */
const checkpointPatienceMs = 6000;

export class Outbox {
  readonly #log: OutgoingLog;
  readonly #bytesPerSample: number;
  readonly #maxKeptBytes: number;
  #socket: Socket | null = null;
  /** The server gives checkpoints, so that what is sent is worth keeping. */
  #keeps = false;
  #isClosed = false;
  #isPumping = false;
  /** No checkpoint came in time. */
  #isOverdue = false;
  /** Those that have an answer, and whether it has come. */
  readonly #questions = new WeakMap<OutgoingPiece, 'open' | 'answered'>();
  /** Sent on this connection, and not answered on it. */
  #asked: OutgoingPiece[] = [];
  /** Everyone who waits for the connection, a checkpoint or the end. */
  #changed = new Deferred<void>();

  /** @param maxKeptBytes audio that is held, sent or not */
  constructor(bytesPerSample: number, maxKeptBytes: number) {
    this.#log = new OutgoingLog(bytesPerSample);
    this.#bytesPerSample = bytesPerSample;
    this.#maxKeptBytes = maxKeptBytes;
  }

  /** Resolves when there is room for more. Returns early when closed. */
  async sendAudio(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length && !this.#isClosed; start += sliceBytes) {
      await this.#room();
      this.#log.appendAudio(bytes.subarray(start, start + sliceBytes));
      this.#pump();
    }
  }

  /** Takes effect after the audio so far, also if it is sent a second time. */
  sendMessage(message: ClientMessage): void {
    // Of no use later, so it is not kept.
    if (message.type === 'KeepAlive') this.#socket?.sendText(JSON.stringify(message));
    else if (message.type === 'Gap' && 'samples' in message) {
      this.#log.appendLost(message.samples);
    } else {
      const piece = this.#log.appendText(JSON.stringify(message));
      if (message.type === 'Configure') this.#questions.set(piece, 'open');
    }
    this.#pump();
  }

  /** The connection is there; what waits is sent. */
  connected(socket: Socket, keeps: boolean): void {
    this.#socket = socket;
    this.#keeps = keeps;
    this.#wake();
    this.#pump();
  }

  disconnected(): void {
    this.#socket = null;
    this.#asked = [];
  }

  /**
   * The answer to a `Configure` has come.
   * @returns false where that was answered before, on a connection that was lost
   */
  answered(): boolean {
    const question = this.#asked.shift();
    if (!question) return true;
    const isNew = this.#questions.get(question) === 'open';
    this.#questions.set(question, 'answered');
    return isNew;
  }

  /** @returns false when what follows this sample is not kept any more */
  rewind(sample: number): boolean {
    return this.#log.rewind(sample * this.#bytesPerSample);
  }

  /** The server has this sample and all before it for good. */
  confirmed(sample: number): void {
    this.#log.forgetBefore(sample * this.#bytesPerSample);
    this.#isOverdue = false;
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket = null;
    this.#wake();
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = new Deferred();
    changed.resolve();
  }

  get #isFull(): boolean {
    return this.#log.keptBytes > this.#maxKeptBytes;
  }

  /**
   * Waits while the log is full: for the connection, or for a checkpoint, but for that not for ever. From a server that is
   * late with it, the oldest is not kept any longer.
   */
  async #room(): Promise<void> {
    if (!this.#isFull) return;
    const patience = setTimeout(() => {
      this.#isOverdue = true;
      this.#wake();
    }, checkpointPatienceMs);
    while (this.#isFull && !this.#isClosed && !(this.#isOverdue && this.#isAllSent))
      await this.#changed.promise;
    clearTimeout(patience);
    if (this.#isFull) this.#log.shrinkTo(this.#maxKeptBytes);
  }

  get #isAllSent(): boolean {
    return this.#socket !== null && !this.#log.hasMore;
  }

  #pump(): void {
    if (!this.#isPumping) void this.#empty();
  }

  async #empty(): Promise<void> {
    this.#isPumping = true;
    // Another socket may take the place of the one that is waited for.
    for (let socket = this.#socket; socket; socket = this.#socket) {
      const piece = this.#log.take(sliceBytes);
      if (!piece) break;
      if (this.#questions.has(piece)) this.#asked.push(piece);
      if ('text' in piece) socket.sendText(piece.text);
      else if ('audio' in piece) socket.sendBinary(piece.audio);
      else socket.sendText(JSON.stringify({ type: 'Gap', samples: piece.lostBytes / this.#bytesPerSample }));
      if (!this.#keeps) {
        this.#log.forgetTaken();
        this.#wake();
      }
      if ('audio' in piece) await socket.writable();
    }
    this.#isPumping = false;
    this.#wake();
  }
}
