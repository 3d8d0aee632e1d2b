/**
 * The streams of one recognition thread: takes in what a tick brings, in order, and gathers what is to be answered, so
 * that there is one message when the work is done, or every few milliseconds while there is more.
 */
import { BatchScheduler, type BatchStats, type ModelRuntime, UndertoneError } from '@undertone/core';
import {
  type Answer,
  type BatchReport,
  headerBytes,
  type OpenCommand,
  type StreamReport,
  type Tick,
  type WorkerCommand,
} from './worker-protocol.ts';
import { WorkerStream } from './worker-stream.ts';
import { YoungGarbage } from './young-garbage.ts';

/** Between two answers while there is work. */
const answerMs = 3;

export interface WorkerHostOptions {
  readonly models: readonly ModelRuntime[];
  readonly buffers: readonly SharedArrayBuffer[];
  readonly maxBatch: number;
  readonly post: (answer: Answer) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export class WorkerHost {
  readonly #options: WorkerHostOptions;
  readonly #schedulers: readonly BatchScheduler[];
  readonly #headers: readonly Int32Array[];
  readonly #streams = new Map<number, WorkerStream>();
  /** Streams whose progress is to be reported. */
  readonly #touched = new Set<WorkerStream>();
  #freed: number[] = [];
  #reports: StreamReport[] = [];
  #batches: BatchReport[] = [];
  #isScheduled = false;
  #quietUntilMs = 0;
  /** When the oldest input came to the main thread that no batch has taken since. */
  #oldestAtMs: number | null = null;
  readonly #garbage = new YoungGarbage();

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#headers = options.buffers.map((buffer) => new Int32Array(buffer));
    this.#schedulers = options.models.map(
      (model, index) =>
        new BatchScheduler(model, {
          maxBatch: options.maxBatch,
          now: () => options.now() / 1000,
          onBatch: (stats) => this.#onBatch(index, stats),
        }),
    );
  }

  take({ buffer, usedBytes, commands, waitedMs }: Tick): void {
    const now = this.#options.now();
    this.#oldestAtMs ??= now - waitedMs;
    this.#quietUntilMs = Math.max(this.#quietUntilMs, now + answerMs);
    const shared = this.#options.buffers[buffer]!;
    const header = this.#headers[buffer]!;
    let command = 0;
    for (let at = 0; at < usedBytes; ) {
      const id = header[at / 4]!;
      const length = header[at / 4 + 1]!;
      at += headerBytes;
      if (length < 0) {
        this.#command(id, commands[command++]!);
        continue;
      }
      const stream = this.#streams.get(id);
      if (stream) {
        this.#touched.add(stream);
        this.#guarded(stream, () => stream.audio(new Uint8Array(shared, at, length)));
      }
      at += (length + 3) & ~3;
    }
    this.#freed.push(buffer);
    this.#answerSoon();
  }

  /** Ends all streams and closes the models. */
  async close(): Promise<void> {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
    for (const scheduler of this.#schedulers) await scheduler.close();
    for (const model of this.#options.models) await model.close();
  }

  #command(id: number, command: WorkerCommand): void {
    if (command.type === 'open') {
      this.#open(id, command);
      return;
    }
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (command.type === 'close') {
      stream.close();
      this.#forget(stream);
      return;
    }
    this.#touched.add(stream);
    this.#guarded(stream, () => stream.command(command));
  }

  #open(id: number, command: OpenCommand): void {
    try {
      const stream = new WorkerStream(id, this.#schedulers[command.model]!, command, {
        report: (report) => {
          this.#report(report);
          // So that what waits is known when the session hears of it.
          if (report.type === 'settled') this.#touched.add(stream);
        },
        changed: () => {
          this.#touched.add(stream);
          this.#answerSoon();
        },
        ended: () => this.#forget(stream),
      });
      this.#streams.set(id, stream);
    } catch (cause) {
      const code = cause instanceof UndertoneError ? cause.code : 'internal';
      this.#report({ type: 'error', stream: id, code, message: (cause as Error).message });
    }
  }

  #guarded(stream: WorkerStream, run: () => void): void {
    try {
      run();
    } catch (cause) {
      stream.defect(cause);
    }
  }

  #forget(stream: WorkerStream): void {
    this.#streams.delete(stream.id);
    this.#touched.delete(stream);
  }

  #report(report: StreamReport): void {
    const last = this.#reports.at(-1);
    if (report.type === 'events' && last?.type === 'events' && last.stream === report.stream) {
      last.events.push(...report.events);
    } else this.#reports.push(report);
    this.#answerSoon();
  }

  #onBatch(model: number, { batch, frames, seconds }: BatchStats): void {
    const now = this.#options.now();
    const startedAtMs = now - seconds * 1000;
    const queueSeconds = Math.max(0, startedAtMs - (this.#oldestAtMs ?? startedAtMs)) / 1000;
    this.#oldestAtMs = null;
    const { stateSize, valueSize, stepFrames } = this.#options.models[model]!;
    this.#garbage.add(4 * batch * (stateSize + (frames / stepFrames) * (valueSize + 2)));
    this.#batches.push({ model, batch, seconds, queueSeconds });
    this.#answerSoon();
  }

  /** After what is being done now. */
  #answerSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#answer();
    });
  }

  #answer(): void {
    let busy = false;
    for (const stream of this.#touched) busy ||= !stream.isIdle;
    const now = this.#options.now();
    // More is being done, and this is called again after it.
    if (busy && now < this.#quietUntilMs) return;
    this.#quietUntilMs = now + answerMs;
    const progress = new Float64Array(3 * this.#touched.size);
    let at = 0;
    for (const stream of this.#touched) {
      progress[at++] = stream.id;
      progress[at++] = stream.bytes;
      progress[at++] = stream.pendingFrames;
      if (stream.isIdle) this.#touched.delete(stream);
    }
    const answer: Answer = {
      type: 'answer',
      freed: this.#freed,
      progress,
      reports: this.#reports,
      batches: this.#batches,
      busy,
    };
    this.#freed = [];
    this.#reports = [];
    this.#batches = [];
    this.#options.post(answer);
  }
}
