/** Audio files that the user chose, decoded by the browser at their own rate. */
import { UndertoneError } from '@undertone/core';
import type { AudioFormat, AudioInput } from '../../client/audio-input.ts';
import { wholeNumber } from '../whole-number.ts';
import { type DecodedAudio, decodeFile } from './decode-file.ts';

export interface FileInputOptions {
  /** As fast as a microphone would give it, instead of as fast as it is taken. Default false. */
  readonly realTime?: boolean;
  /** Audio in each packet, 20 to 1000. Default 100. */
  readonly packetMs?: number;
}

/** Decoded, it is ten times as much. */
const maxBytes = 256 * 1024 * 1024;

/**
 * Decodes the file as a whole. One or two channels stay; more are mixed to one. A file of 8 to 48 kHz keeps its rate,
 * another, or one that does not say it, is brought to 48 kHz. 16-bit WAV files keep their very samples.
 * @throws UndertoneError `unsupported_format` for what this browser cannot decode, `bad_parameter`
 */
export async function fromFile(file: Blob, options: FileInputOptions = {}): Promise<AudioInput> {
  const { realTime = false } = options;
  const packetMs = wholeNumber('packetMs', options.packetMs ?? 100, 20, 1000);
  if (!(file instanceof Blob) || file.size > maxBytes) {
    const got = file instanceof Blob ? `${file.size} bytes` : typeof file;
    throw new UndertoneError('bad_parameter', `Expected a file of at most ${maxBytes} bytes; got ${got}.`);
  }
  return new FileInput(await decodeFile(file), packetMs, realTime);
}

class FileInput implements AudioInput {
  readonly format: AudioFormat;
  readonly settings: Readonly<Record<string, string>> = { deviceKind: 'file' };
  readonly #audio: DecodedAudio;
  readonly #packetSamples: number;
  readonly #realTime: boolean;
  readonly #stopped = new AbortController();
  #nextSample = 0;
  #startMs: number | null = null;

  constructor(audio: DecodedAudio, packetMs: number, realTime: boolean) {
    const { sampleRateHz, channels } = audio;
    this.format = { encoding: 'linear16', sampleRateHz, channels };
    this.#audio = audio;
    this.#packetSamples = Math.round((sampleRateHz * packetMs) / 1000);
    this.#realTime = realTime;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
  }

  /** One reading: a second loop goes on where the first is. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Int16Array, undefined> {
    while (this.#nextSample < this.#audio.samples && !this.#stopped.signal.aborted) {
      const start = this.#nextSample;
      const end = Math.min(this.#audio.samples, start + this.#packetSamples);
      this.#nextSample = end;
      if (this.#realTime) await this.#untilCaptured(end);
      if (this.#stopped.signal.aborted) return;
      yield this.#audio.read(start, end);
    }
  }

  /** A packet of a microphone comes when its last sample was captured. */
  async #untilCaptured(sample: number): Promise<void> {
    this.#startMs ??= performance.now();
    const dueMs = this.#startMs + (sample / this.format.sampleRateHz) * 1000 - performance.now();
    if (dueMs <= 0) return;
    const { signal } = this.#stopped;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, dueMs);
      signal.addEventListener('abort', end);
    });
  }
}
