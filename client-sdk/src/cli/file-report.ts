/** What `undertone analyze` prints: protocol messages for programs, a picture for people. */
import type { UndertoneError } from '@undertone/core';
import type { ServerMessage } from '@undertone/proto';
import type { WavAudio } from '../audio-file/read-wav.ts';
import { CallPicture } from '../terminal/call-picture.ts';
import type { Paint } from '../terminal/paint.ts';
import { segmentLine, summaryLines } from '../terminal/result-text.ts';

export interface FileReport {
  start(file: string, audio: WavAudio): void;
  message(file: string, message: ServerMessage): void;
  /** The file (all of them, when null) could not be analysed. */
  error(file: string | null, error: UndertoneError): void;
}

export class JsonReport implements FileReport {
  readonly #write: (line: string) => void;
  /** The server's own fatal error has been printed as it came. */
  #told = false;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  start(): void {
    this.#told = false;
  }

  message(file: string, message: ServerMessage): void {
    if (message.type === 'Error' && message.fatal) this.#told = true;
    this.#write(JSON.stringify({ ...message, file }));
  }

  error(file: string | null, { code, message }: UndertoneError): void {
    if (!this.#told) {
      this.#write(
        JSON.stringify({ type: 'Error', code, message, fatal: true, ...(file === null ? {} : { file }) }),
      );
    }
    this.#told = false;
  }
}

export interface TextReportOptions {
  readonly write: (line: string) => void;
  readonly writeError: (line: string) => void;
  /** Characters of a line. */
  readonly width: number;
  readonly colours: boolean;
  readonly paint: Paint;
}

export class TextReport implements FileReport {
  readonly #options: TextReportOptions;
  #picture = new CallPicture();
  #header = '';
  #seconds = 0;

  constructor(options: TextReportOptions) {
    this.#options = options;
  }

  start(file: string, audio: WavAudio): void {
    const { paint } = this.#options;
    this.#picture = new CallPicture();
    this.#seconds = audio.seconds;
    const channels = audio.channels === 1 ? '1 channel' : `${audio.channels} channels`;
    const facts = `${audio.seconds.toFixed(1)} s, ${channels}, ${audio.sampleRateHz} Hz ${audio.description}`;
    this.#header = `${paint('bold', file)}  ${paint('dim', facts)}`;
  }

  message(file: string, message: ServerMessage): void {
    const { write, writeError, colours, paint, width } = this.#options;
    this.#picture.accept(message);
    if (message.type === 'Begin') write(this.#header);
    if (message.type === 'Emotion' && message.is_final) write(`  ${segmentLine(message, paint)}`);
    if (message.type === 'Error' && !message.fatal)
      writeError(`${file}: ${message.code}: ${message.message}`);
    if (message.type !== 'Summary') return;
    const seconds = this.#seconds;
    const picture = { width: width - 2, seconds, heardSeconds: message.audio_s, colours, paint };
    write('');
    for (const line of this.#picture.lines(picture)) write(`  ${line}`);
    write('');
    for (const line of summaryLines(message, paint)) write(`  ${line}`);
    write('');
  }

  error(file: string | null, { code, message }: UndertoneError): void {
    const { writeError, paint } = this.#options;
    writeError(`${file === null ? 'undertone' : file}: ${paint('redBright', code)}: ${message}`);
  }
}
