import { UndertoneError } from '@undertone/core';

type ListenerSets<Events extends Record<keyof Events, unknown[]>> = {
  readonly [Name in keyof Events]: Set<(...values: Events[Name]) => void>;
};

/** Listeners of named events. One that throws keeps no other from hearing, and does not go unseen. */
export class Listeners<Events extends Record<keyof Events, unknown[]>> {
  readonly #listeners: ListenerSets<Events>;

  constructor(names: readonly (keyof Events & string)[]) {
    this.#listeners = Object.fromEntries(names.map((name) => [name, new Set()])) as ListenerSets<Events>;
  }

  /**
   * @returns a function that takes the listener off again
   * @throws UndertoneError `bad_parameter` for a name that is no event
   */
  on<Name extends keyof Events>(name: Name, listener: (...values: Events[Name]) => void): () => void {
    if (!Object.hasOwn(this.#listeners, name)) {
      const expected = `Expected an event to be one of ${Object.keys(this.#listeners).join(', ')}`;
      throw new UndertoneError('bad_parameter', `${expected}; got ${String(name)}.`);
    }
    this.#listeners[name].add(listener);
    return () => this.#listeners[name].delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    for (const listener of [...this.#listeners[name]]) {
      try {
        listener(...values);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
