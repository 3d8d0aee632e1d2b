/**
 * What goes to the server: a bounded log, and the one task that empties it into the socket. While there is no connection it
 * fills; whoever can wait waits then, and of a live source what does not fit is lost as a `Gap`.
 */
import type { ClientMessage } from '@undertone/proto';
import type { Socket } from '../transport/socket.ts';
import { Deferred } from './deferred.ts';
import { OutgoingLog } from './outgoing-log.ts';

const sliceBytes = 65_536;
const checkpointPatienceMs = 2000;

export class Outbox {
  readonly #log: OutgoingLog;
  readonly #bytesPerSample: number;
  readonly #maxKeptBytes: number;
  #socket: Socket | null = null;
  /** The server gives checkpoints, so that what is sent is worth keeping. */
  #keeps = false;
  #isClosed = false;
  #isPumping = false;
  #pumped: Promise<void> = Promise.resolve();
  /** Everyone who waits for the connection, a checkpoint or the end. */
  #changed = new Deferred<void>();

  /** @param maxKeptBytes audio that is held, sent or not */
  constructor(bytesPerSample: number, maxKeptBytes: number) {
    this.#log = new OutgoingLog(bytesPerSample);
    this.#bytesPerSample = bytesPerSample;
    this.#maxKeptBytes = maxKeptBytes;
  }

  /** Resolves when there is room for more. Returns early when closed. */
  async sendAudio(bytes: Uint8Array, canWait: boolean): Promise<void> {
    for (let start = 0; start < bytes.length && !this.#isClosed; start += sliceBytes) {
      const slice = bytes.subarray(start, start + sliceBytes);
      if (canWait) await this.#room();
      else if (!this.#makeRoom(slice.length)) {
        this.#log.appendLost(slice.length);
        continue;
      }
      this.#log.appendAudio(slice);
      const pumped = this.#pump();
      if (canWait) await pumped;
    }
  }

  /** Takes effect after the audio so far, also if it is sent a second time. */
  sendMessage(message: ClientMessage): void {
    // Of no use later, so it is not kept.
    if (message.type === 'KeepAlive') this.#socket?.sendText(JSON.stringify(message));
    else if (message.type === 'Gap' && 'samples' in message) {
      this.#log.appendLost(message.samples * this.#bytesPerSample);
    } else this.#log.appendText(JSON.stringify(message));
    void this.#pump();
  }

  /** The connection is there; what waits is sent. */
  connected(socket: Socket, keeps: boolean): void {
    this.#socket = socket;
    this.#keeps = keeps;
    this.#wake();
    void this.#pump();
  }

  disconnected(): void {
    this.#socket = null;
  }

  /** @returns false when what follows this sample is not kept any more */
  rewind(sample: number): boolean {
    return this.#log.rewind(sample * this.#bytesPerSample);
  }

  /** The server has this sample and all before it for good. */
  confirmed(sample: number): void {
    this.#log.forgetBefore(sample * this.#bytesPerSample);
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

  /** Waits while the log is full: for the connection, or for a checkpoint, but for that not for ever. */
  async #room(): Promise<void> {
    if (!this.#isFull) return;
    let isLate = false;
    const patience = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, checkpointPatienceMs);
    while (this.#isFull && !this.#isClosed && !(isLate && this.#isAllSent)) await this.#changed.promise;
    clearTimeout(patience);
    if (this.#isFull) this.#log.shrinkTo(this.#maxKeptBytes);
  }

  /**
   * @returns whether so much more may be kept. What is sent already may be a little more, since a checkpoint that covers it
   * is on its way; when none comes, the oldest is let go of
   */
  #makeRoom(byteLength: number): boolean {
    const keptBytes = this.#log.keptBytes + byteLength;
    if (keptBytes <= this.#maxKeptBytes) return true;
    if (!this.#isAllSent) return false;
    if (keptBytes > 1.25 * this.#maxKeptBytes) this.#log.shrinkTo(this.#maxKeptBytes);
    return true;
  }

  get #isAllSent(): boolean {
    return this.#socket !== null && !this.#log.hasMore;
  }

  /** Resolves when all is sent or the connection is gone. */
  #pump(): Promise<void> {
    if (!this.#isPumping) this.#pumped = this.#empty();
    return this.#pumped;
  }

  async #empty(): Promise<void> {
    this.#isPumping = true;
    // Another socket may take the place of the one that is waited for.
    for (let socket = this.#socket; socket; socket = this.#socket) {
      const piece = this.#log.take(sliceBytes);
      if (!piece) break;
      if ('text' in piece) socket.sendText(piece.text);
      else if ('audio' in piece) socket.sendBinary(piece.audio);
      else socket.sendText(JSON.stringify({ type: 'Gap', samples: piece.lostBytes / this.#bytesPerSample }));
      if (!this.#keeps) this.#log.forgetTaken();
      if ('audio' in piece) await socket.writable();
    }
    this.#isPumping = false;
  }
}
