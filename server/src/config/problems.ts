/** What is wrong with a configuration: everything, not only what was met first. */
import { UndertoneError } from '@undertone/core';

export class Problems {
  readonly #sentences: string[] = [];

  get sentences(): readonly string[] {
    return this.#sentences;
  }

  add(sentence: string): void {
    if (!this.#sentences.includes(sentence)) this.#sentences.push(sentence);
  }

  /** @throws UndertoneError `bad_config` with a line for each problem */
  throwIfAny(): void {
    if (this.#sentences.length > 0) throw new UndertoneError('bad_config', this.#sentences.join('\n'));
  }
}
