/** What `undertone listen` prints: one line that follows the voice, and the final results above it. */
import type { UndertoneError } from '@undertone/core';
import type { ServerMessage } from '@undertone/proto';
import { clock } from '../terminal/format.ts';
import type { Paint } from '../terminal/paint.ts';
import { judgementText, segmentLine, summaryLines } from '../terminal/result-text.ts';

export interface ListenReport {
  start(): void;
  message(message: ServerMessage): void;
  error(error: UndertoneError): void;
}

export class JsonListenReport implements ListenReport {
  readonly #write: (text: string) => void;
  #told = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  start(): void {}

  message(message: ServerMessage): void {
    if (message.type === 'Error' && message.fatal) this.#told = true;
    this.#write(`${JSON.stringify(message)}\n`);
  }

  error({ code, message }: UndertoneError): void {
    if (!this.#told) this.#write(`${JSON.stringify({ type: 'Error', code, message, fatal: true })}\n`);
    this.#told = true;
  }
}

export interface TextListenReportOptions {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** On a terminal: the last line is written over. */
  readonly live: boolean;
  readonly paint: Paint;
}

const clearLine = '\r\x1b[2K';

export class TextListenReport implements ListenReport {
  readonly #options: TextListenReportOptions;

  constructor(options: TextListenReportOptions) {
    this.#options = options;
  }

  start(): void {
    const { paint } = this.#options;
    this.#line(paint('dim', 'Listening. Ctrl-C ends. Tell the people who are heard.'));
    this.#status(paint('dim', 'waiting for speech'));
  }

  message(message: ServerMessage): void {
    const { paint } = this.#options;
    if (message.type === 'SpeechStarted') this.#status(`${clock(message.time).padStart(7)}  ...`);
    else if (message.type === 'Emotion' && message.is_final) {
      this.#line(segmentLine(message, paint));
      this.#status(paint('dim', 'waiting for speech'));
    } else if (message.type === 'Emotion') {
      this.#status(`${clock(message.end).padStart(7)}  ${judgementText(message, paint)}`);
    } else if (message.type === 'Summary' && message.audio_s > 0) {
      this.#line('');
      for (const line of summaryLines(message, paint)) this.#line(line);
    }
  }

  error({ code, message }: UndertoneError): void {
    const { write, writeError, live, paint } = this.#options;
    if (live) write(clearLine);
    writeError(`undertone: ${paint('redBright', code)}: ${message}\n`);
  }

  #line(text: string): void {
    const { write, live } = this.#options;
    write(`${live ? clearLine : ''}${text}\n`);
  }

  #status(text: string): void {
    const { write, live } = this.#options;
    if (live) write(`${clearLine}${text}`);
  }
}
