import type { AudioFormat, AudioInput } from '../../client/audio-input.ts';
import type { AudioChunk } from '../../client/emotion-source.ts';

/**
 * Audio of a stream whose format is known: a `fetch` body of raw samples, a decoder's output. It is read as fast as it is
 * taken; `stop` and leaving the loop cancel it.
 */
export function fromReadableStream(stream: ReadableStream<AudioChunk>, format: AudioFormat): AudioInput {
  return new ReadableStreamInput(stream, format);
}

class ReadableStreamInput implements AudioInput {
  readonly format: AudioFormat;
  readonly settings: Readonly<Record<string, string>> = { deviceKind: 'stream' };
  readonly #reader: ReadableStreamDefaultReader<AudioChunk>;

  constructor(stream: ReadableStream<AudioChunk>, format: AudioFormat) {
    this.format = { ...format };
    this.#reader = stream.getReader();
  }

  async stop(): Promise<void> {
    // Of a stream that failed, `cancel` repeats the error that the reader gets.
    await this.#reader.cancel().catch(() => {});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AudioChunk, undefined> {
    try {
      for (let result = await this.#reader.read(); !result.done; result = await this.#reader.read()) {
        yield result.value;
      }
    } finally {
      await this.stop();
    }
  }
}
