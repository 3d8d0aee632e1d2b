/** Events as JSON lines: on standard output, or in a file that is put aside when it is full. */
import { once } from 'node:events';
import { basename, dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { UndertoneError } from '@undertone/core';
import { createStream } from 'rotating-file-stream';
import type { Sink, SinkEvent } from './sink.ts';

const openDeadlineMs = 5000;

export interface FileLimits {
  /** Of a file, after which the next is begun. */
  readonly maxBytes: number;
  /** Files that are kept beside the one being written: `name.1` is the newest. */
  readonly keptFiles: number;
}

export class JsonLinesSink implements Sink {
  readonly name: string;
  readonly #open: () => Promise<Writable>;
  /** Null after a failure: the file is opened again for the next events. */
  #stream: Writable | null;
  /** The write that has not ended yet; never rejects. */
  #writing: Promise<void> | null = null;
  /** Events that were written after whoever waited for it had given up. */
  readonly #writtenLate = new WeakSet<SinkEvent>();

  private constructor(name: string, stream: Writable, open: () => Promise<Writable>) {
    this.name = name;
    this.#stream = stream;
    this.#open = open;
  }

  static toStandardOutput(): JsonLinesSink {
    // Whoever read may be gone, which must not end the server; the write that met it says so.
    if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore);
    return new JsonLinesSink('stdout', process.stdout, async () => process.stdout);
  }

  /**
   * @param setting that names the file
   * @throws UndertoneError `bad_config` for a file that cannot be written
   */
  static async toFile(path: string, limits: FileLimits, setting = 'sinkFile'): Promise<JsonLinesSink> {
    const open = (): Promise<Writable> => openFile(path, limits);
    try {
      return new JsonLinesSink('file', await open(), open);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UndertoneError(
        'bad_config',
        `Expected ${setting} ${path} to be a file that can be written; ${why}.`,
        {
          cause,
        },
      );
    }
  }

  /** What could not be written in time is not written again while it still may be: it would pile up, and come twice. */
  async deliver(events: readonly SinkEvent[], signal: AbortSignal): Promise<void> {
    while (this.#writing !== null) await unlessAborted(this.#writing, signal);
    signal.throwIfAborted();
    const left = events.filter((event) => !this.#writtenLate.has(event));
    if (left.length === 0) return;
    const written = this.#write(left);
    this.#writing = written.then(
      () => {
        this.#writing = null;
        if (signal.aborted) for (const event of left) this.#writtenLate.add(event);
      },
      () => {
        this.#writing = null;
      },
    );
    await unlessAborted(written, signal);
  }

  async #write(events: readonly SinkEvent[]): Promise<void> {
    this.#stream ??= await this.#open();
    const stream = this.#stream;
    const lines = events.map(({ json }) => `${json}\n`).join('');
    try {
      await new Promise<void>((done, failed) => {
        stream.write(lines, (error) => (error ? failed(error) : done()));
      });
    } catch (error) {
      if (stream !== process.stdout) {
        stream.destroy();
        this.#stream = null;
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream === null || stream === process.stdout || stream.destroyed) return;
    await new Promise<void>((done) => stream.end(done));
  }
}

function ignore(): void {}

function unlessAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    done.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

async function openFile(path: string, { maxBytes, keptFiles }: FileLimits): Promise<Writable> {
  const name = basename(path);
  const nameOf = (index: number | Date | null): string => (index ? `${name}.${Number(index)}` : name);
  const stream = createStream(nameOf, {
    path: dirname(resolve(path)),
    size: `${maxBytes}B`,
    rotate: keptFiles,
  });
  await once(stream, 'open', { signal: AbortSignal.timeout(openDeadlineMs) });
  // Said by the write that met it.
  stream.on('error', () => {});
  return stream;
}
