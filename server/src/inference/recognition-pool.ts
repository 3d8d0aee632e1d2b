/**
 * The recognition threads of a server. Each has every model; a stream lives on one of them, which `placement.ts` chooses. A
 * thread that dies or hangs is replaced, and its streams go on elsewhere. Those that it had work of are suspects: they
 * are tried one after the other, and one at whose trial a thread dies twice is ended.
 */
import { availableParallelism } from 'node:os';
import { UndertoneError } from '@undertone/core';
import type { LoadSource } from '../admission/load-source.ts';
import type { ModelFolder } from './model-folder.ts';
import { Placement } from './placement.ts';
import { RemoteRecogniser } from './remote-recogniser.ts';
import { modelId, type ServedModel } from './served-models.ts';
import { recognitionThread, WorkerLink } from './worker-link.ts';
import type { BatchReport } from './worker-protocol.ts';

const checksPerTimeout = 5;
/** Models are read and tried at start, on a machine that may be busy with others. */
const usualStartTimeoutMs = 60_000;
/** A thread that does not start is tried again after this, twice as long each time. */
const firstRetryMs = 100;
const lastRetryMs = 30_000;
/** Threads that may die at the trial of one stream. */
const mostStrikes = 2;

export interface RecognitionPoolOptions {
  readonly models: readonly ModelFolder[];
  /** 0 is one for each core. */
  readonly workers: number;
  readonly batchWaitMs: number;
  readonly maxBatch: number;
  /** A thread that has work and does not answer for so long is given up. */
  readonly workerTimeoutMs: number;
  /** A thread that has not started after so long is given up; a minute if absent. */
  readonly startTimeoutMs?: number;
  /** Module of the threads, if it is not the usual one. */
  readonly thread?: URL;
  readonly onBatch?: (model: string, batch: BatchReport) => void;
  /** A thread died, or did not start again. */
  readonly onDeath?: (cause: UndertoneError) => void;
}

export class RecognitionPool {
  readonly models: readonly ServedModel[];
  readonly #options: RecognitionPoolOptions;
  readonly #ids: readonly string[];
  /** Null where one is not there at the moment. */
  readonly #links: (WorkerLink | null)[];
  /** Streams without a thread: those that are trusted, and suspects. */
  readonly #homeless = new Set<RemoteRecogniser>();
  readonly #suspects = new Set<RemoteRecogniser>();
  /** Threads that died at the trial of a stream. */
  readonly #strikes = new WeakMap<RemoteRecogniser, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #watch: NodeJS.Timeout;
  readonly #placement = new Placement();
  #isTrying = false;
  #nextStream = 0;
  /** Since the last start that went well. */
  #failedStarts = 0;
  #isClosed = false;

  private constructor(options: RecognitionPoolOptions) {
    this.#options = options;
    this.#ids = options.models.map(({ manifest }) => modelId(manifest));
    const workers = options.workers || availableParallelism();
    this.#links = new Array<WorkerLink | null>(workers).fill(null);
    this.models = [];
    this.#watch = setInterval(() => {
      for (const link of this.#links) if (link?.isHanging(checksPerTimeout)) link.kill();
      for (const link of this.#links) if (link?.isReady) this.#placement.observe(link, link.takeWork());
    }, options.workerTimeoutMs / checksPerTimeout).unref();
  }

  /**
   * Resolves when every thread has its models, and one has seen that they give their golden outputs.
   * @throws UndertoneError `bad_manifest`, `model_mismatch`, `internal`
   */
  static async open(options: RecognitionPoolOptions): Promise<RecognitionPool> {
    const pool = new RecognitionPool(options);
    try {
      const stepFrames = await pool.#start(0, true).ready;
      Object.assign(pool, { models: pool.#served(stepFrames) });
      await Promise.all(pool.#links.slice(1).map((_, i) => pool.#start(i + 1).ready));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Whether any stream can be recognised. */
  get isReady(): boolean {
    return this.#links.some((link) => link?.isReady);
  }

  /** How busy the threads are. Those that are not there carry nothing. */
  get load(): LoadSource {
    const live = (): readonly WorkerLink[] =>
      this.#links.filter((link) => link?.isReady === true) as WorkerLink[];
    return {
      threads: this.#links.length,
      utilisation: () => {
        const links = live();
        return links.reduce((sum, link) => sum + link.takeUtilisation(), 0) / Math.max(1, links.length);
      },
      lagMs: () => {
        const nowMs = performance.now();
        return Math.max(0, ...live().map((link) => link.waitingMs(nowMs)));
      },
    };
  }

  /** Ends every stream with `going_away` and every thread. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#watch);
    for (const timer of this.#timers) clearTimeout(timer);
    const going = new UndertoneError('going_away', 'The server closed before this audio was recognised.');
    const links = this.#links.filter((link) => link !== null);
    const streams = links.flatMap((link) => [...link.streams.values()]);
    for (const stream of [...streams, ...this.#homeless, ...this.#suspects]) stream.fail(going);
    await Promise.all(links.map((link) => link.stop()));
  }

  #served(stepFrames: readonly number[]): readonly ServedModel[] {
    return this.#options.models.map(({ manifest }, index) => {
      const { hopSamples, sampleRate } = manifest.features;
      const model = { index, stepFrames: stepFrames[index]!, framesPerMs: sampleRate / hopSamples / 1000 };
      return {
        id: this.#ids[index]!,
        manifest,
        stepFrames: model.stepFrames,
        open: (options, callbacks) => {
          const stream = new RemoteRecogniser(model, options, callbacks);
          if (this.#isClosed || (!this.isReady && this.#failedStarts > 0)) {
            queueMicrotask(() => stream.fail(noThreadError()));
          } else this.#place(stream);
          return stream;
        },
      };
    });
  }

  #start(index: number, testOutputs = false): WorkerLink {
    const { models, maxBatch, batchWaitMs, onBatch } = this.#options;
    const link = new WorkerLink({
      data: { models, maxBatch, testOutputs },
      thread: this.#options.thread ?? recognitionThread,
      batchWaitMs,
      onBatch: (batch) => onBatch?.(this.#ids[batch.model]!, batch),
      onDeath: (cause) => this.#onDeath(index, link, cause),
    });
    this.#links[index] = link;
    const { startTimeoutMs = usualStartTimeoutMs } = this.#options;
    const timer = setTimeout(() => link.kill(), startTimeoutMs).unref();
    const settled = (): void => clearTimeout(timer);
    link.ready.then(settled, settled);
    return link;
  }

  #onDeath(index: number, link: WorkerLink, cause: UndertoneError): void {
    if (this.#isClosed) return;
    this.#options.onDeath?.(cause);
    const streams = [...link.streams.values()];
    const onTrial = streams.find((stream) => stream.isOnProbation);
    if (onTrial) this.#isTrying = false;
    for (const stream of streams) {
      // If one is tried, it is the suspect and not those that happened to be there.
      const isSuspect = onTrial ? stream === onTrial : stream.isBusy;
      stream.detach();
      if (stream === onTrial && this.#strike(stream)) continue;
      (isSuspect ? this.#suspects : this.#homeless).add(stream);
    }
    void this.#replace(index);
    this.#settleIn();
  }

  /** Whether that was the last that the stream may have; then it has been ended. */
  #strike(stream: RemoteRecogniser): boolean {
    const strikes = (this.#strikes.get(stream) ?? 0) + 1;
    this.#strikes.set(stream, strikes);
    if (strikes < mostStrikes) return false;
    stream.fail(new UndertoneError('internal', `Recognising this stream ended ${strikes + 1} threads.`));
    return true;
  }

  async #replace(index: number): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.#start(index).ready;
      this.#failedStarts = 0;
      this.#settleIn();
    } catch (cause) {
      if (this.#isClosed) return;
      this.#links[index] = null;
      this.#options.onDeath?.(cause as UndertoneError);
      const retryMs = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#failedStarts++);
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#replace(index);
      }, retryMs);
      this.#timers.add(timer);
      if (this.isReady) return;
      for (const stream of [...this.#homeless, ...this.#suspects]) stream.fail(noThreadError());
      this.#homeless.clear();
      this.#suspects.clear();
    }
  }

  /** Finds threads for the streams that have none. */
  #settleIn(): void {
    if (!this.isReady) return;
    const homeless = [...this.#homeless];
    this.#homeless.clear();
    for (const stream of homeless) if (stream.isLive) this.#place(stream);
    this.#tryNext();
  }

  #tryNext(): void {
    if (this.#isTrying || !this.isReady) return;
    for (const stream of this.#suspects) {
      this.#suspects.delete(stream);
      if (!stream.isLive) continue;
      this.#isTrying = true;
      stream.moveTo(this.#choose()!, this.#nextStream++, () => {
        this.#isTrying = false;
        this.#tryNext();
      });
      return;
    }
  }

  #place(stream: RemoteRecogniser): void {
    const link = this.#choose();
    if (link) stream.moveTo(link, this.#nextStream++);
    else this.#homeless.add(stream);
  }

  #choose(): WorkerLink | null {
    return this.#placement.choose(
      this.#links.filter((link) => link?.isReady) as WorkerLink[],
      performance.now(),
    );
  }
}

function noThreadError(): UndertoneError {
  return new UndertoneError('internal', 'No recognition thread runs.');
}
