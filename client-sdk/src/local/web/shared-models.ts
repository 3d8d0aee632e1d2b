/** Streams that are open at the same time and ask for the same model share one worker. */
import type { LocalModel, LocalModelOptions } from './local-model.ts';

interface Shared {
  readonly model: Promise<LocalModel>;
  readonly abort: AbortController;
  users: number;
}

export interface Lease {
  readonly model: Promise<LocalModel>;
  /** The model is closed when its last user has left. Idempotent. */
  leave(): void;
}

export class SharedModels {
  readonly #load: (options: LocalModelOptions, signal: AbortSignal) => Promise<LocalModel>;
  readonly #models = new Map<string, Shared>();

  constructor(load: (options: LocalModelOptions, signal: AbortSignal) => Promise<LocalModel>) {
    this.#load = load;
  }

  lease(options: LocalModelOptions): Lease {
    const key = JSON.stringify([options.model ?? 'default', String(options.assetBase ?? '')]);
    const shared = this.#models.get(key) ?? this.#start(key, options);
    shared.users++;
    let isLeft = false;
    return {
      model: shared.model,
      leave: () => {
        if (isLeft) return;
        isLeft = true;
        if (--shared.users > 0) return;
        this.#forget(key, shared);
        shared.abort.abort();
        shared.model.then((model) => model.close()).catch(() => {});
      },
    };
  }

  #start(key: string, options: LocalModelOptions): Shared {
    const abort = new AbortController();
    const shared: Shared = { model: this.#load(options, abort.signal), abort, users: 0 };
    this.#models.set(key, shared);
    // One that failed, or whose worker crashed, is not for the streams that come later.
    const forget = (): void => this.#forget(key, shared);
    shared.model.then((model) => model.host.ended.then(forget), forget);
    return shared;
  }

  #forget(key: string, shared: Shared): void {
    if (this.#models.get(key) === shared) this.#models.delete(key);
  }
}
