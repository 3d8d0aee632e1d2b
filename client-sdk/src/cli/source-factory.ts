/** Makes the streams of one command: all on one server, or all with one model that is loaded once. */
import { readFile } from 'node:fs/promises';
import { UndertoneError } from '@undertone/core';
import type { Purpose } from '@undertone/proto';
import type { EmotionSourceOptions } from '../client/emotion-source.ts';
import { Recognizer } from '../client/recognizer.ts';
import { LocalModel } from '../local/node/local-model.ts';

export interface SourceChoice {
  /** URL; the recogniser runs in this process when there is none. */
  readonly server?: string;
  /** Without a server a model folder; with one `name` or `name@version`. */
  readonly model?: string;
  /** File of `undertone adapt`; only without a server. */
  readonly adaptation?: string;
  /** Why an agent is analysed; only with a server. */
  readonly purpose?: Purpose;
}

export class SourceFactory {
  readonly #choice: SourceChoice;
  #model: LocalModel | null = null;
  #adaptation: Uint8Array | null = null;

  constructor(choice: SourceChoice) {
    this.#choice = choice;
  }

  /** Loads the model and its adaptation where they are needed; to be awaited before `open`. */
  async prepare(): Promise<void> {
    const { server, model, adaptation } = this.#choice;
    if (server === undefined) {
      this.#model ??= await LocalModel.load(model);
      if (adaptation !== undefined) this.#adaptation ??= await readAdaptation(adaptation);
    } else if (adaptation !== undefined) {
      throw new UndertoneError(
        'bad_parameter',
        'Expected --adaptation without --server, as it belongs to the model of this device; got both.',
      );
    }
  }

  /** Not asynchronous, so that no message comes before its listener. */
  open(options: EmotionSourceOptions): Recognizer {
    const { server, model, purpose } = this.#choice;
    if (server !== undefined) {
      // Not an option: command lines are seen by every user of a machine.
      const secret = process.env.UNDERTONE_API_KEY;
      return new Recognizer({
        ...options,
        url: server,
        // Somebody waits for the answer.
        reconnect: { giveUpAfterMs: 5000 },
        ...(model === undefined ? {} : { model }),
        ...(purpose === undefined ? {} : { purpose }),
        ...(secret ? { token: secret } : {}),
      });
    }
    return new Recognizer({
      ...options,
      ...(this.#model ? { model: this.#model } : {}),
      ...(this.#adaptation ? { adaptation: this.#adaptation } : {}),
    });
  }

  async close(): Promise<void> {
    await this.#model?.close();
    this.#model = null;
  }
}

async function readAdaptation(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new UndertoneError('file_not_found', `Expected an adaptation at ${path}; got ${reason}.`, {
      cause,
    });
  }
}
