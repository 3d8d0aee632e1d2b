/** The body of `POST /v1/analyze`: a WAV file, or raw audio that the query describes. */
import { bytesPerSample, UndertoneError } from '@undertone/core';
import { ProtocolError, parseStreamQuery, type StreamQuery } from '@undertone/proto';
import { WavStream } from './wav-stream.ts';

export interface AnalyzeLimits {
  readonly maxAnalyzeBytes: number;
  readonly maxAnalyzeSeconds: number;
}

/** Parameters that only a stream that goes both ways can have. */
const streamOnly = ['resume', 'ack', 'checkpoints'];

export class AnalyzeInput {
  readonly #params: URLSearchParams;
  readonly #limits: AnalyzeLimits;
  /** Null for raw audio. */
  readonly #wav: WavStream | null;
  #query: StreamQuery | null = null;
  #bodyBytes = 0;
  #audioBytes = 0;

  /** @throws UndertoneError `bad_parameter` */
  constructor(params: URLSearchParams, limits: AnalyzeLimits) {
    const wrong = streamOnly.find((name) => params.get(name) === 'true');
    if (wrong !== undefined)
      throw new UndertoneError('bad_parameter', `Expected no ${wrong} with a whole file; got ${wrong}=true.`);
    this.#params = params;
    this.#limits = limits;
    this.#wav = params.has('encoding') ? null : new WavStream();
    if (!this.#wav) this.#query = parse(params);
  }

  /** What the stream is to be; null until the header of the file is read. */
  get query(): StreamQuery | null {
    return this.#query;
  }

  /**
   * @returns what is audio in `bytes`
   * @throws UndertoneError `message_too_large`, `bad_wav`, `unsupported_format`, `bad_parameter`
   */
  push(bytes: Uint8Array): Uint8Array {
    this.#bodyBytes += bytes.length;
    expectFits(this.#bodyBytes, this.#limits);
    const audio = this.#wav ? this.#wav.push(bytes) : bytes;
    this.#query ??= this.#queryOfFile();
    if (this.#query) this.#expectShort(audio.length, this.#query);
    return audio;
  }

  /** The body has ended. @throws UndertoneError `bad_wav` where that is too early */
  end(): void {
    this.#wav?.end();
  }

  #queryOfFile(): StreamQuery | null {
    const format = this.#wav?.format;
    if (!format) return null;
    const params = new URLSearchParams(this.#params);
    const { encoding, sampleRateHz, channels } = format;
    for (const [name, value] of Object.entries({ encoding, sample_rate: sampleRateHz, channels })) {
      const asked = params.get(name);
      if (asked !== null && asked !== String(value))
        throw new UndertoneError(
          'bad_parameter',
          `Expected ${name} to be the file's, ${value}; got ${asked}.`,
        );
      params.set(name, String(value));
    }
    return parse(params);
  }

  #expectShort(newBytes: number, { encoding, sample_rate, channels }: StreamQuery): void {
    this.#audioBytes += newBytes;
    const seconds = this.#audioBytes / (bytesPerSample[encoding] * sample_rate * channels);
    if (seconds <= this.#limits.maxAnalyzeSeconds) return;
    const expected = `Expected at most ${this.#limits.maxAnalyzeSeconds} s of audio`;
    throw new UndertoneError('message_too_large', `${expected}; got more.`);
  }
}

/** @throws UndertoneError `message_too_large` */
export function expectFits(bytes: number, { maxAnalyzeBytes }: AnalyzeLimits): void {
  if (bytes > maxAnalyzeBytes)
    throw new UndertoneError(
      'message_too_large',
      `Expected a file of at most ${maxAnalyzeBytes} bytes; got more.`,
    );
}

function parse(params: URLSearchParams): StreamQuery {
  try {
    return parseStreamQuery(params);
  } catch (error) {
    if (error instanceof ProtocolError) throw new UndertoneError(error.code, error.message);
    throw error;
  }
}
