/**
 * The page's side of one worker: requests with their answers, events to their streams, and one end for everybody when the
 * worker crashes or falls silent.
 */
import { UndertoneError } from '@undertone/core';
import { Deferred } from '../../client/deferred.ts';
import type { EngineHandlers } from '../../client/emotion-engine.ts';
import type { AdaptProgress } from '../adaptation/adapt-model.ts';
import type { LabelledClip } from '../adaptation/labelled-clip.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { ErrorData, FromWorker, ToWorker, WorkerAnswer, WorkerRequest } from './worker-messages.ts';

/** What is used of a `Worker`. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'error' | 'messageerror',
    listener: (event: { readonly message?: string }) => void,
  ): void;
  terminate(): void;
}

export interface WorkerHostOptions {
  /** For messages. */
  readonly url: string;
  /** A worker that owes an answer and says nothing for so long is hung, 1000 or more. Default 30000. */
  readonly silenceMs?: number;
}

const defaultSilenceMs = 30_000;

export class WorkerHost {
  readonly #worker: WorkerLike;
  readonly #url: string;
  readonly #watch: SilenceWatch;
  readonly #ready = new Deferred<void>();
  readonly #ended = new Deferred<void>();
  readonly #requests = new Map<number, Deferred<WorkerAnswer>>();
  readonly #adapting = new Map<number, (progress: AdaptProgress) => void>();
  readonly #streams = new Map<number, EngineHandlers>();
  #next = 0;
  #isReady = false;
  #failure: UndertoneError | null = null;

  constructor(worker: WorkerLike, { url, silenceMs = defaultSilenceMs }: WorkerHostOptions) {
    this.#worker = worker;
    this.#url = url;
    this.#watch = new SilenceWatch(silenceMs, () => {
      const found = `nothing came for ${silenceMs} ms, and it was ended`;
      this.end(new UndertoneError('internal', `Expected the worker ${url} to answer; ${found}.`));
    });
    worker.addEventListener('message', ({ data }) => this.#receive(data as FromWorker));
    worker.addEventListener('error', ({ message }) => this.#crash(message || 'it did not say why'));
    worker.addEventListener('messageerror', () => this.#crash('one of its messages cannot be read'));
    this.#watch.start();
  }

  /** Resolves when the worker's code runs; rejects with why it will not. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when it cannot be used any more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** @throws UndertoneError what the worker answers, or what it ended with */
  request(request: WorkerRequest, transfer: Transferable[] = []): Promise<WorkerAnswer> {
    return this.#ask(request, transfer).answer;
  }

  /** @throws UndertoneError as `request` does, and `aborted` */
  async adapt(
    clips: readonly LabelledClip[],
    onProgress: (progress: AdaptProgress) => void,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const { id, answer } = this.#ask({ type: 'adapt', clips }, []);
    const cancel = (): void => {
      if (!this.#failure) this.#worker.postMessage({ type: 'cancel', id });
    };
    this.#adapting.set(id, onProgress);
    signal?.addEventListener('abort', cancel);
    try {
      if (signal?.aborted) cancel();
      return (await answer).adaptation!;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#adapting.delete(id);
    }
  }

  #ask(
    request: WorkerRequest,
    transfer: Transferable[],
  ): { readonly id: number; readonly answer: Promise<WorkerAnswer> } {
    const id = this.#next++;
    if (this.#failure) return { id, answer: Promise.reject(this.#failure) };
    const answer = new Deferred<WorkerAnswer>();
    // First, because it throws for what cannot be sent, and nobody would answer.
    this.#worker.postMessage({ ...request, id }, transfer);
    this.#requests.set(id, answer);
    this.#watch.start();
    return { id, answer: answer.promise };
  }

  /** @returns the number of a stream whose events and end go to `handlers` */
  join(handlers: EngineHandlers): number {
    if (this.#failure) throw this.#failure;
    const stream = this.#next++;
    this.#streams.set(stream, handlers);
    return stream;
  }

  leave(stream: number): void {
    if (this.#streams.delete(stream) && !this.#failure)
      this.#worker.postMessage({ type: 'terminate', stream });
  }

  /** Ends the worker and everything that waits for it. Idempotent. */
  end(error: UndertoneError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#watch.stop();
    this.#worker.terminate();
    this.#ready.reject(error);
    this.#ended.resolve();
    for (const answer of this.#requests.values()) answer.reject(error);
    this.#requests.clear();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const { onEnd } of streams) onEnd(error);
  }

  #receive(message: FromWorker): void {
    if (this.#failure) return;
    this.#watch.heard();
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        this.#ready.resolve();
        break;
      case 'done':
        this.#answerTo(message.id)?.resolve(message);
        break;
      case 'failed':
        this.#answerTo(message.id)?.reject(toError(message.error));
        break;
      case 'event':
        this.#streams.get(message.stream)?.onMessage(message.message);
        break;
      case 'end': {
        const handlers = this.#streams.get(message.stream);
        this.#streams.delete(message.stream);
        handlers?.onEnd(message.error && toError(message.error));
        break;
      }
      case 'adapting':
        this.#adapting.get(message.id)?.(message.progress);
        break;
      case 'crashed':
        this.end(toError(message.error));
        break;
      default:
        // `progress` has done its work.
        break;
    }
    if (!this.#isWaiting) this.#watch.stop();
  }

  #answerTo(id: number): Deferred<WorkerAnswer> | undefined {
    const answer = this.#requests.get(id);
    this.#requests.delete(id);
    return answer;
  }

  get #isWaiting(): boolean {
    return !this.#isReady || this.#requests.size > 0;
  }

  #crash(reason: string): void {
    const expected = `Expected the worker ${this.#url} to run`;
    this.end(new UndertoneError('internal', `${expected}; it crashed: ${reason}.`));
  }
}

function toError({ code, message }: ErrorData): UndertoneError {
  return new UndertoneError(code, message);
}
