/** The worker's side: one model, and the streams that it serves. */
import { BatchScheduler, UndertoneError } from '@undertone/core';
import { adaptModel } from '../../adaptation/adapt-model.ts';
import type { AdaptableModel } from '../../adaptation/adaptable-model.ts';
import { adaptedScheduler } from '../../adaptation/adapted-scheduler.ts';
import { LocalSession } from '../../local-session.ts';
import type { FromWorker, LocalAssets, ToWorker, WorkerAnswer, WorkerRequest } from '../worker-messages.ts';
import { errorData } from './error-data.ts';

export interface WorkerServerOptions {
  readonly post: (message: FromWorker) => void;
  readonly openModel: (assets: LocalAssets) => Promise<AdaptableModel>;
}

interface OpenedModel extends AdaptableModel {
  readonly scheduler: BatchScheduler;
}

export class WorkerServer {
  readonly #options: WorkerServerOptions;
  readonly #sessions = new Map<number, LocalSession>();
  /** Adaptations that go on, by the number of their request. */
  readonly #adaptations = new Map<number, AbortController>();
  #model: OpenedModel | null = null;

  constructor(options: WorkerServerOptions) {
    this.#options = options;
  }

  receive(message: ToWorker): void {
    if (message.type === 'terminate') {
      this.#sessions.get(message.stream)?.terminate();
      this.#sessions.delete(message.stream);
      return;
    }
    if (message.type === 'cancel') {
      this.#adaptations.get(message.id)?.abort();
      return;
    }
    const { post } = this.#options;
    const { id } = message;
    this.#answer(message, id).then(
      (answer) => post({ type: 'done', id, ...answer }),
      (error) => post({ type: 'failed', id, error: errorData(error) }),
    );
  }

  async #answer(request: WorkerRequest, id: number): Promise<WorkerAnswer> {
    switch (request.type) {
      case 'load':
        return this.#load(request.assets);
      case 'open':
        this.#open(request);
        return {};
      case 'audio':
        await this.#sessions.get(request.stream)?.sendAudio(request.bytes);
        return {};
      case 'message':
        await this.#sessions.get(request.stream)?.sendMessage(request.message);
        return {};
      case 'adapt':
        return { adaptation: await this.#adapt(request, id) };
    }
  }

  async #load(assets: LocalAssets): Promise<WorkerAnswer> {
    const model = await this.#options.openModel(assets);
    this.#model = { ...model, scheduler: new BatchScheduler(model.runtime) };
    return { manifest: model.runtime.manifest };
  }

  #open({ stream, query, adaptation }: Extract<WorkerRequest, { type: 'open' }>): void {
    const { post } = this.#options;
    const session = new LocalSession(adaptedScheduler(this.#opened().scheduler, adaptation), query, {
      onMessage: (message) => post({ type: 'event', stream, message }),
      onEnd: (error) => {
        this.#sessions.delete(stream);
        post({ type: 'end', stream, error: error && errorData(error) });
      },
    });
    this.#sessions.set(stream, session);
  }

  async #adapt({ clips }: Extract<WorkerRequest, { type: 'adapt' }>, id: number): Promise<Uint8Array> {
    const abort = new AbortController();
    this.#adaptations.set(id, abort);
    try {
      const adaptation = await adaptModel(this.#opened(), clips, {
        onProgress: (progress) => this.#options.post({ type: 'adapting', id, progress }),
        signal: abort.signal,
      });
      return adaptation.toBytes();
    } finally {
      this.#adaptations.delete(id);
    }
  }

  #opened(): OpenedModel {
    if (this.#model) return this.#model;
    throw new UndertoneError('internal', 'Expected a model to be loaded; there is none.');
  }
}
