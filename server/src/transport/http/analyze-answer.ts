/**
 * What `POST /v1/analyze` answers: one JSON object, or a line for each message as it comes. The object is held back as long as
 * it is small, so that a file that turns out to be none gets the HTTP status of its error.
 */
import type { ServerResponse } from 'node:http';
import { type ErrorCode, errorSpecs, UndertoneError } from '@undertone/core';
import type { ServerMessage } from '@undertone/proto';
import type { SessionTransport } from '../../session/session-services.ts';
import { refuseRequest } from './refusal.ts';

const maxHeldCharacters = 4_194_304;
/** Time without reading after which a client gets no more of its answer. */
const closeTimeoutMs = 10_000;

export class AnalyzeAnswer implements SessionTransport {
  readonly name = 'http';
  readonly #response: ServerResponse;
  readonly #isLines: boolean;
  #held: string[] = [];
  #heldCharacters = 0;
  #events = 0;
  #error: (ServerMessage & { type: 'Error' }) | null = null;
  #isPaused = false;
  #isOver = false;
  #wake: (() => void) | null = null;

  constructor(response: ServerResponse, isLines: boolean) {
    this.#response = response;
    this.#isLines = isLines;
    response.on('drain', () => this.#wakeUp());
    response.on('close', () => {
      this.#isOver = true;
      this.#wakeUp();
    });
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  /** Whether nothing more is to be read. */
  get isOver(): boolean {
    return this.#isOver;
  }

  send(message: ServerMessage): void {
    if (this.#isOver) return;
    if (message.type === 'Error' && message.fatal) this.#error = message;
    const text = JSON.stringify(message);
    if (this.#isLines) this.#write(`${text}\n`);
    else if (message.type === 'Begin') this.#write(`{"begin":${text},"events":[`);
    else if (message.type === 'Summary') this.#write(`${this.#closing()},"summary":${text}`);
    else if (message !== this.#error) this.#write(`${this.#events++ > 0 ? ',' : ''}${text}`);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wakeUp();
  }

  /** Resolves when more may be read: the session takes it, and the client reads what it is sent. */
  async readable(): Promise<void> {
    while (!this.#isOver && (this.#isPaused || this.#response.writableNeedDrain)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(_code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#wakeUp();
    const failure = reason === 'ok' ? null : this.#failure(reason);
    if (failure && !this.#response.headersSent && !this.#isLines) {
      this.#held = [];
      refuseRequest(this.#response, failure);
      return;
    }
    this.#flush();
    // Without a summary nothing has closed the list of events yet.
    const end = this.#isLines ? '' : `${this.#closing()}}\n`;
    this.#response.setTimeout(closeTimeoutMs, () => this.#response.destroy());
    this.#response.end(end);
  }

  #failure(reason: string): UndertoneError {
    const code = (Object.hasOwn(errorSpecs, reason) ? reason : 'internal') as ErrorCode;
    return new UndertoneError(code, this.#error?.message ?? errorSpecs[code].meaning);
  }

  /** Ends the list of events, once, with the error behind it if there is one. */
  #closing(): string {
    if (this.#events < 0) return '';
    this.#events = -1;
    return this.#error ? `],"error":${JSON.stringify(this.#error)}` : ']';
  }

  #write(text: string): void {
    if (this.#response.headersSent || this.#isLines) {
      this.#flush();
      this.#response.write(text);
      return;
    }
    this.#held.push(text);
    this.#heldCharacters += text.length;
    if (this.#heldCharacters > maxHeldCharacters) this.#flush();
  }

  #flush(): void {
    if (!this.#response.headersSent) {
      const type = this.#isLines ? 'application/x-ndjson' : 'application/json; charset=utf-8';
      this.#response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' });
    }
    if (this.#held.length > 0) this.#response.write(this.#held.join(''));
    this.#held = [];
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
