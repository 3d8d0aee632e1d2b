/** Makes the streams of one command: all on one server, or all with one model that is loaded once. */
import type { Purpose } from '@undertone/proto';
import type { EmotionSourceOptions } from '../client/emotion-source.ts';
import { Recognizer } from '../client/recognizer.ts';
import { LocalModel } from '../local/node/local-model.ts';

export interface SourceChoice {
  /** URL; the recogniser runs in this process when there is none. */
  readonly server?: string;
  /** Without a server a model folder; with one `name` or `name@version`. */
  readonly model?: string;
  /** Why an agent is analysed; only with a server. */
  readonly purpose?: Purpose;
}

export class SourceFactory {
  readonly #choice: SourceChoice;
  #model: LocalModel | null = null;

  constructor(choice: SourceChoice) {
    this.#choice = choice;
  }

  /** Loads the model where one is needed; to be awaited before `open`. */
  async prepare(): Promise<void> {
    if (this.#choice.server === undefined) this.#model ??= await LocalModel.load(this.#choice.model);
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
    return new Recognizer({ ...options, ...(this.#model ? { model: this.#model } : {}) });
  }

  async close(): Promise<void> {
    await this.#model?.close();
    this.#model = null;
  }
}
