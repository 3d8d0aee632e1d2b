/**
 * One recognition thread as the main thread sees it: gathers what its streams have for it, posts it once a tick, and
 * hands on what comes back. Knows when the thread is dead, or hangs.
 */
import type { EventLoopUtilization } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { UndertoneError } from '@undertone/core';
import { endThread, newNativeCalls } from './native-calls.ts';
import './ort-telemetry.ts';
import type { RemoteRecogniser } from './remote-recogniser.ts';
import { TickPace } from './tick-pace.ts';
import { TickWriter } from './tick-writer.ts';
import {
  type Answer,
  type BatchReport,
  bufferBytes,
  buffersPerWorker,
  type FromWorker,
  type ToWorker,
  type WorkerData,
} from './worker-protocol.ts';
import { letOldObjectsGrow } from './young-garbage.ts';

/** Within which a thread that is told to stop has to. */
const stopMs = 5000;

export interface WorkerLinkOptions {
  readonly data: Omit<WorkerData, 'buffers' | 'calls'>;
  /** Module of the thread. */
  readonly thread: URL;
  /** Most time that input waits for that of other streams. */
  readonly batchWaitMs: number;
  readonly onBatch: (batch: BatchReport) => void;
  /** The thread ended by itself after it had started. Called once at most. */
  readonly onDeath: (cause: UndertoneError) => void;
}

export class WorkerLink {
  /** Frames per decision of each model; rejects with what kept the thread from starting. */
  readonly ready: Promise<readonly number[]>;
  readonly #options: WorkerLinkOptions;
  readonly #worker: Worker;
  readonly #calls = newNativeCalls();
  readonly #writers: readonly TickWriter[];
  readonly #free: number[];
  readonly #streams = new Map<number, RemoteRecogniser>();
  /** Streams with something to send, those whose turn is next first. */
  readonly #due = new Set<RemoteRecogniser>();
  readonly #pace: TickPace;
  readonly #exited: Promise<void>;
  #closing: number[] = [];
  #timer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  #oldestAtMs = 0;
  #state: 'starting' | 'ready' | 'stopping' | 'dead' = 'starting';
  #isBusy = false;
  #lastLoop: EventLoopUtilization | undefined;
  #checkedLoop: EventLoopUtilization | undefined;
  /** Audio taken in since the last check. */
  #audioMs = 0;
  /** When it answered last, or when the first message after that was posted. */
  #lastAnswerMs = 0;
  #silentChecks = 0;

  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    this.#pace = new TickPace(options.batchWaitMs);
    const buffers = Array.from({ length: buffersPerWorker }, () => new SharedArrayBuffer(bufferBytes));
    this.#writers = buffers.map((buffer) => new TickWriter(buffer));
    this.#free = buffers.map((_, i) => i);
    this.#worker = startThread(options.thread, { ...options.data, buffers, calls: this.#calls });
    this.ready = new Promise((resolve, reject) => {
      const isDead = (cause: UndertoneError): void => {
        const before = this.#state;
        if (before === 'dead') return;
        this.#state = 'dead';
        this.#cancelTimer();
        reject(cause);
        if (before === 'ready') options.onDeath(cause);
      };
      this.#worker.on('message', (message: FromWorker) => {
        if (this.#state === 'dead' || this.#state === 'stopping') return;
        if (message.type === 'answer') this.#take(message);
        else if (message.type === 'failed') isDead(new UndertoneError(message.code, message.message));
        else {
          this.#state = 'ready';
          resolve(message.stepFrames);
        }
      });
      this.#worker.on('error', (cause) =>
        isDead(new UndertoneError('internal', `A recognition thread failed: ${cause.message}`, { cause })),
      );
      this.#worker.on('exit', (code) =>
        isDead(new UndertoneError('internal', `A recognition thread ended with code ${code}.`)),
      );
    });
    this.ready.catch(() => {});
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** Streams on it. */
  get streams(): ReadonlyMap<number, RemoteRecogniser> {
    return this.#streams;
  }

  /** Share of its time that the thread was busy since the last call, 0 to 1. */
  takeUtilisation(): number {
    const now = this.#worker.performance.eventLoopUtilization();
    const { utilization } = this.#worker.performance.eventLoopUtilization(now, this.#lastLoop);
    this.#lastLoop = now;
    // A thread that has only just started, or has ended, has done nothing.
    return Number.isFinite(utilization) ? Math.max(0, utilization) : 0;
  }

  /** Since the last call: the share of its time that the thread was busy, and the seconds of audio that it took in for it. */
  takeWork(): { readonly utilisation: number; readonly busySeconds: number; readonly audioSeconds: number } {
    const now = this.#worker.performance.eventLoopUtilization();
    const { utilization, active } = this.#worker.performance.eventLoopUtilization(now, this.#checkedLoop);
    this.#checkedLoop = now;
    const audioSeconds = this.#audioMs / 1000;
    this.#audioMs = 0;
    const utilisation = Number.isFinite(utilization) ? Math.max(0, utilization) : 0;
    return { utilisation, busySeconds: Math.max(0, active / 1000), audioSeconds };
  }

  /** The thread has taken in so much more of a stream. */
  heard(audioMs: number): void {
    this.#audioMs += audioMs;
  }

  /** How long the oldest message that it has not answered has waited. */
  waitingMs(nowMs: number): number {
    return this.#free.length === buffersPerWorker ? 0 : nowMs - this.#lastAnswerMs;
  }

  add(id: number, stream: RemoteRecogniser): void {
    this.#streams.set(id, stream);
  }

  close(id: number): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    this.#streams.delete(id);
    this.#due.delete(stream);
    this.#closing.push(id);
    this.#schedule();
  }

  /** The stream has something to send. */
  due(stream: RemoteRecogniser): void {
    this.#due.add(stream);
    this.#pace.arrived();
    this.#schedule();
  }

  /** Called at regular intervals: whether it has had something to do and not answered for the last `checks` of them. */
  isHanging(checks: number): boolean {
    const waits = this.#state === 'ready' && (this.#isBusy || this.#free.length < buffersPerWorker);
    this.#silentChecks = waits ? this.#silentChecks + 1 : 0;
    return this.#silentChecks > checks;
  }

  /** Ends it at once, as if it had died. */
  kill(): void {
    void endThread(this.#worker, this.#calls);
    this.#worker.emit('error', new Error('it did not answer and was ended'));
  }

  /** Lets it close its models; resolves when it is gone. */
  async stop(): Promise<void> {
    const wasDead = this.#state === 'dead';
    this.#state = 'stopping';
    this.#cancelTimer();
    if (wasDead) return;
    this.#send({ type: 'stop' });
    let timer: NodeJS.Timeout | undefined;
    const ended = new Promise<void>((resolve) => {
      timer = setTimeout(() => resolve(endThread(this.#worker, this.#calls)), stopMs);
    });
    await Promise.race([this.#exited, ended]);
    clearTimeout(timer);
  }

  #schedule(): void {
    if (this.#timer !== null || this.#state !== 'ready' || this.#free.length === 0) return;
    this.#oldestAtMs = performance.now();
    const waitMs = this.#pace.waitMs(this.#oldestAtMs);
    const post = (): void => {
      this.#timer = null;
      this.#post();
    };
    this.#timer = waitMs === 0 ? setImmediate(post) : setTimeout(post, waitMs);
  }

  #cancelTimer(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
    this.#timer = null;
  }

  /** Posts all that is due, as far as there are buffers. */
  #post(): void {
    while (this.#state === 'ready' && this.#free.length > 0 && this.#due.size + this.#closing.length > 0) {
      const buffer = this.#free.at(-1)!;
      const writer = this.#writers[buffer]!;
      writer.clear();
      while (this.#closing.length > 0 && writer.roomBytes >= 0) {
        writer.command(this.#closing.pop()!, { type: 'close' });
      }
      this.#write(writer);
      if (writer.usedBytes === 0) return;
      const now = performance.now();
      if (this.#free.length === buffersPerWorker) this.#lastAnswerMs = now;
      this.#free.pop();
      this.#pace.posted(now);
      this.#send({
        type: 'tick',
        buffer,
        usedBytes: writer.usedBytes,
        commands: writer.commands,
        waitedMs: now - this.#oldestAtMs,
      });
    }
  }

  /** Live streams first; the others take turns. */
  #write(writer: TickWriter): void {
    for (const wantsShort of [true, false]) {
      for (const stream of [...this.#due]) {
        if (stream.isShort !== wantsShort) continue;
        if (writer.roomBytes <= 0) return;
        this.#due.delete(stream);
        if (stream.write(writer)) this.#due.add(stream);
      }
    }
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #take(answer: Answer): void {
    this.#silentChecks = 0;
    this.#lastAnswerMs = performance.now();
    this.#isBusy = answer.busy;
    this.#free.push(...answer.freed);
    const { progress } = answer;
    for (let i = 0; i < progress.length; i += 3) {
      this.#streams.get(progress[i]!)?.progress(progress[i + 1]!, progress[i + 2]!);
    }
    for (const report of answer.reports) this.#streams.get(report.stream)?.report(report);
    for (const batch of answer.batches) this.#options.onBatch(batch);
    if (this.#due.size + this.#closing.length > 0) this.#schedule();
  }
}

const isSource = import.meta.url.endsWith('.ts');

/** The module of recognition threads; from source one that teaches the thread TypeScript, which Node 20 cannot. */
export const recognitionThread: URL = new URL(
  isSource ? './recognition-worker-source.mjs' : './recognition-worker.js',
  import.meta.url,
);

/** From source, packages are resolved to theirs in the thread as well. */
function startThread(thread: URL, workerData: WorkerData): Worker {
  const execArgv = isSource ? { execArgv: ['--conditions=@undertone/source'] } : {};
  letOldObjectsGrow();
  return new Worker(thread, { workerData, ...execArgv });
}
