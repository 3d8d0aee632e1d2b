/** The worker's side: one model, and the streams that it serves. */
import { BatchScheduler, type ModelRuntime, UndertoneError } from '@undertone/core';
import { LocalSession } from '../../local-session.ts';
import type { FromWorker, LocalAssets, ToWorker, WorkerRequest } from '../worker-messages.ts';
import { errorData } from './error-data.ts';

export interface WorkerServerOptions {
  readonly post: (message: FromWorker) => void;
  readonly openModel: (assets: LocalAssets) => Promise<ModelRuntime>;
}

export class WorkerServer {
  readonly #options: WorkerServerOptions;
  readonly #sessions = new Map<number, LocalSession>();
  #scheduler: BatchScheduler | null = null;

  constructor(options: WorkerServerOptions) {
    this.#options = options;
  }

  receive(message: ToWorker): void {
    if (message.type === 'terminate') {
      this.#sessions.get(message.stream)?.terminate();
      this.#sessions.delete(message.stream);
      return;
    }
    const { post } = this.#options;
    const { id } = message;
    this.#answer(message).then(
      (manifest) => post({ type: 'done', id, ...manifest }),
      (error) => post({ type: 'failed', id, error: errorData(error) }),
    );
  }

  async #answer(request: WorkerRequest): Promise<Partial<Pick<ModelRuntime, 'manifest'>>> {
    switch (request.type) {
      case 'load': {
        const model = await this.#options.openModel(request.assets);
        this.#scheduler = new BatchScheduler(model);
        return { manifest: model.manifest };
      }
      case 'open':
        this.#open(request);
        return {};
      case 'audio':
        await this.#sessions.get(request.stream)?.sendAudio(request.bytes);
        return {};
      case 'message':
        await this.#sessions.get(request.stream)?.sendMessage(request.message);
        return {};
    }
  }

  #open({ stream, query }: Extract<WorkerRequest, { type: 'open' }>): void {
    if (!this.#scheduler)
      throw new UndertoneError('internal', 'Expected a model to be loaded; there is none.');
    const { post } = this.#options;
    const session = new LocalSession(this.#scheduler, query, {
      onMessage: (message) => post({ type: 'event', stream, message }),
      onEnd: (error) => {
        this.#sessions.delete(stream);
        post({ type: 'end', stream, error: error && errorData(error) });
      },
    });
    this.#sessions.set(stream, session);
  }
}
