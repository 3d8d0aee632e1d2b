/** The recogniser in this process (Node). */
import { UndertoneError } from '@undertone/core';
import type { ClientMessage } from '@undertone/proto';
import { asUndertoneError } from '../../client/as-undertone-error.ts';
import type { EmotionEngine, EngineHandlers } from '../../client/emotion-engine.ts';
import type { LoadedModel, LocalOptions } from '../../client/local-options.ts';
import { adaptedScheduler } from '../adaptation/adapted-scheduler.ts';
import { LocalSession } from '../local-session.ts';
import { LocalModel } from './local-model.ts';

/** Loads the model, unless it is open already, and begins. A failure is told by `onEnd`. */
export function openLocal(options: LocalOptions, handlers: EngineHandlers): EmotionEngine {
  return new NodeEngine(options, handlers);
}

class NodeEngine implements EmotionEngine {
  readonly #handlers: EngineHandlers;
  #session: LocalSession | null = null;
  /** Closed with the stream when it was loaded for it. */
  #ownModel: LocalModel | null = null;
  #leaveModel: () => void = () => {};
  #isOver = false;

  constructor(options: LocalOptions, handlers: EngineHandlers) {
    this.#handlers = handlers;
    this.#open(options).catch((error) => this.#end(asUndertoneError(error)));
  }

  async sendAudio(bytes: Uint8Array): Promise<void> {
    await this.#session?.sendAudio(bytes);
  }

  async sendMessage(message: ClientMessage): Promise<void> {
    await this.#session?.sendMessage(message);
  }

  terminate(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#session?.terminate();
    this.#leaveModel();
    // Its failure to close changes nothing about the stream.
    this.#ownModel?.close().catch(() => {});
  }

  async #open({ model: given, query, adaptation }: LocalOptions): Promise<void> {
    const model = await openModel(given);
    // Ended while the model was loading.
    if (this.#isOver && model !== given) await model.close();
    if (this.#isOver) return;
    if (model !== given) this.#ownModel = model;
    this.#leaveModel = model.join((error) => this.#end(error));
    this.#session = new LocalSession(adaptedScheduler(model.scheduler, adaptation), query, {
      onMessage: (message) => {
        if (!this.#isOver) this.#handlers.onMessage(message);
      },
      onEnd: (error) => this.#end(error),
    });
  }

  #end(error: UndertoneError | null): void {
    if (this.#isOver) return;
    this.terminate();
    this.#handlers.onEnd(error);
  }
}

async function openModel(given: string | LoadedModel | undefined): Promise<LocalModel> {
  if (given instanceof LocalModel) return given;
  if (typeof given === 'object') {
    throw new UndertoneError('bad_parameter', 'Expected a LocalModel of this package; got another object.');
  }
  return LocalModel.load(given);
}
