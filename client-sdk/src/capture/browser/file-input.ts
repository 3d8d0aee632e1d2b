/** Audio files that the user chose, decoded by the browser at their own rate. */
import { UndertoneError } from '@undertone/core';
import type { AudioFormat, AudioInput } from '../../client/audio-input.ts';
import { wholeNumber } from '../whole-number.ts';
import { fileSampleRateHz } from './file-sample-rate.ts';

export interface FileInputOptions {
  /** As fast as a microphone would give it, instead of as fast as it is taken. Default false. */
  readonly realTime?: boolean;
  /** Audio in each packet, 20 to 1000. Default 100. */
  readonly packetMs?: number;
}

/** Decoded, it is ten times as much. */
const maxBytes = 256 * 1024 * 1024;
/** What streams may have. */
const leastRateHz = 8000;
const mostRateHz = 48_000;

/**
 * Decodes the file as a whole. One or two channels stay; more are mixed to one. A file of 8 to 48 kHz keeps its rate, another, or one
 * that does not say it, is brought to 48 kHz.
 * @throws UndertoneError `unsupported_format` for what this browser cannot decode, `bad_parameter`
 */
export async function fromFile(file: Blob, options: FileInputOptions = {}): Promise<AudioInput> {
  const { realTime = false } = options;
  const packetMs = wholeNumber('packetMs', options.packetMs ?? 100, 20, 1000);
  if (!(file instanceof Blob) || file.size > maxBytes) {
    const got = file instanceof Blob ? `${file.size} bytes` : typeof file;
    throw new UndertoneError('bad_parameter', `Expected a file of at most ${maxBytes} bytes; got ${got}.`);
  }
  const audio = await decode(file);
  const channels = audio.numberOfChannels === 2 ? 2 : 1;
  const format: AudioFormat = { encoding: 'linear16', sampleRateHz: audio.sampleRate, channels };
  return new FileInput(audio, format, packetMs, realTime);
}

class FileInput implements AudioInput {
  readonly format: AudioFormat;
  readonly settings: Readonly<Record<string, string>> = { deviceKind: 'file' };
  readonly #audio: AudioBuffer;
  readonly #packetSamples: number;
  readonly #realTime: boolean;
  readonly #stopped = new AbortController();
  #nextSample = 0;
  #startMs: number | null = null;

  constructor(audio: AudioBuffer, format: AudioFormat, packetMs: number, realTime: boolean) {
    this.format = format;
    this.#audio = audio;
    this.#packetSamples = Math.round((format.sampleRateHz * packetMs) / 1000);
    this.#realTime = realTime;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
  }

  /** One reading: a second loop goes on where the first is. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Int16Array, undefined> {
    while (this.#nextSample < this.#audio.length && !this.#stopped.signal.aborted) {
      const start = this.#nextSample;
      const end = Math.min(this.#audio.length, start + this.#packetSamples);
      this.#nextSample = end;
      if (this.#realTime) await this.#untilCaptured(end);
      if (this.#stopped.signal.aborted) return;
      yield interleaved(this.#audio, this.format.channels, start, end);
    }
  }

  /** A packet of a microphone comes when its last sample was captured. */
  async #untilCaptured(sample: number): Promise<void> {
    this.#startMs ??= performance.now();
    const dueMs = this.#startMs + (sample / this.format.sampleRateHz) * 1000 - performance.now();
    if (dueMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, dueMs);
      this.#stopped.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

async function decode(file: Blob): Promise<AudioBuffer> {
  const bytes = await file.arrayBuffer();
  const ownRateHz = fileSampleRateHz(new Uint8Array(bytes));
  const isAllowed = ownRateHz !== null && ownRateHz >= leastRateHz && ownRateHz <= mostRateHz;
  const sampleRate = isAllowed ? ownRateHz : mostRateHz;
  try {
    return await new OfflineAudioContext({ length: 1, sampleRate }).decodeAudioData(bytes);
  } catch (cause) {
    const { name = 'a Blob', size, type = '' } = file as Partial<File> & Blob;
    const got = `${name} (${type || 'no type'}, ${size} bytes)`;
    const message = `Expected an audio file that this browser can decode; got ${got}: ${(cause as Error).message}`;
    throw new UndertoneError('unsupported_format', message, { cause });
  }
}

/** Full scale 32768, rounded, clipped. */
function interleaved(audio: AudioBuffer, channels: number, start: number, end: number): Int16Array {
  const sources = Array.from({ length: audio.numberOfChannels }, (_, i) => audio.getChannelData(i));
  const samples = new Int16Array((end - start) * channels);
  for (let i = start, at = 0; i < end; i++) {
    let sum = 0;
    for (let channel = 0; channel < sources.length; channel++) {
      const value = sources[channel]![i]!;
      if (channels === sources.length) samples[at++] = toInt16(value);
      else sum += value;
    }
    if (channels !== sources.length) samples[at++] = toInt16(sum / sources.length);
  }
  return samples;
}

function toInt16(value: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
}
