/** The recogniser of a browser, in a Web Worker: the page only moves bytes. */
import { bytesPerSample, UndertoneError } from '@undertone/core';
import type { ClientMessage } from '@undertone/proto';
import { asUndertoneError } from '../../client/as-undertone-error.ts';
import type { EmotionEngine, EngineHandlers } from '../../client/emotion-engine.ts';
import type { LocalOptions } from '../../client/local-options.ts';
import { AudioGatherer } from './audio-gatherer.ts';
import { LocalModel, type LocalModelOptions } from './local-model.ts';
import { SharedModels } from './shared-models.ts';
import type { WorkerRequest } from './worker-messages.ts';

/** Three steps of the model; it is what a result may come later by. */
const gatherSeconds = 0.12;
const sliceSeconds = 0.5;
const waitMs = 200;

const models = new SharedModels((options, signal) => LocalModel.load(options, signal));

/** Loads the model, unless it is open already, and begins. A failure is told by `onEnd`. */
export function openLocal(options: LocalOptions, handlers: EngineHandlers): EmotionEngine {
  return new WorkerEngine(options, handlers);
}

class WorkerEngine implements EmotionEngine {
  readonly #handlers: EngineHandlers;
  readonly #audio: AudioGatherer;
  #model: LocalModel | null = null;
  #leaveModel: () => void = () => {};
  #stream = -1;
  #isOver = false;

  constructor(options: LocalOptions, handlers: EngineHandlers) {
    this.#handlers = handlers;
    const { encoding, channels, sample_rate } = options.query;
    const bytesOf = (seconds: number): number =>
      bytesPerSample[encoding] * channels * Math.ceil(sample_rate * seconds);
    this.#audio = new AudioGatherer({
      gatherBytes: bytesOf(gatherSeconds),
      sliceBytes: bytesOf(sliceSeconds),
      waitMs,
      send: (bytes) => this.#ask({ type: 'audio', stream: this.#stream, bytes }, [bytes.buffer]),
    });
    this.#open(options).catch((error) => this.#end(asUndertoneError(error)));
  }

  async sendAudio(bytes: Uint8Array): Promise<void> {
    if (!this.#isOver) await this.#audio.add(bytes);
  }

  async sendMessage(message: ClientMessage): Promise<void> {
    await this.#audio.flush();
    await this.#ask({ type: 'message', stream: this.#stream, message });
  }

  terminate(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#audio.stop();
    this.#model?.host.leave(this.#stream);
    this.#leaveModel();
  }

  async #open({ model: given, assetBase, adaptation, query }: LocalOptions): Promise<void> {
    const model = await this.#openModel(given, assetBase);
    if (this.#isOver) return;
    this.#stream = model.host.join({
      onMessage: (message) => {
        if (!this.#isOver) this.#handlers.onMessage(message);
      },
      onEnd: (error) => this.#end(error),
    });
    this.#model = model;
    const request = { type: 'open', stream: this.#stream, query } as const;
    await this.#ask(adaptation ? { ...request, adaptation } : request);
  }

  #openModel(
    given: LocalOptions['model'],
    assetBase: LocalOptions['assetBase'],
  ): LocalModel | Promise<LocalModel> {
    if (given instanceof LocalModel) return given;
    if (typeof given === 'object') {
      throw new UndertoneError('bad_parameter', 'Expected a LocalModel of this package; got another object.');
    }
    const options: LocalModelOptions = {
      ...(given === undefined ? {} : { model: given }),
      ...(assetBase === undefined ? {} : { assetBase }),
    };
    const { model, leave } = models.lease(options);
    this.#leaveModel = leave;
    return model;
  }

  /** Resolves in any case: what the worker ends with, its host tells the stream. */
  async #ask(request: WorkerRequest, transfer?: Transferable[]): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.#model!.host.request(request, transfer);
    } catch (error) {
      this.#end(asUndertoneError(error));
    }
  }

  #end(error: UndertoneError | null): void {
    if (this.#isOver) return;
    this.terminate();
    this.#handlers.onEnd(error);
  }
}
