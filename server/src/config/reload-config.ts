/** Takes a new configuration into a running server: all that can be taken, or, where anything is wrong, nothing. */
import type { Logger } from '../observability/logger.ts';
import { configFields, configNames, type ServerConfig } from './fields.ts';

/** What runs by settings that can change. */
export interface Reloadable {
  /**
   * Reads and checks what the new configuration names, also where its text is the same: a file may have changed.
   * @returns takes it into effect; does not throw
   * @throws UndertoneError what is wrong; then nothing has changed
   */
  prepare(config: ServerConfig): (() => void) | Promise<() => void>;
}

type Name = keyof ServerConfig;

export interface ReloaderOptions {
  readonly log: Logger;
  readonly parts: readonly Reloadable[];
  readonly onDone: (outcome: 'taken' | 'refused') => void;
}

export class ConfigReloader {
  readonly #options: ReloaderOptions;
  #current: ServerConfig;
  /** One after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(current: ServerConfig, options: ReloaderOptions) {
    this.#current = current;
    this.#options = options;
  }

  /**
   * Never rejects: why a configuration is not taken stands in the log.
   * @param read throws what is wrong
   * @returns whether it was taken
   */
  reload(read: () => ServerConfig): Promise<boolean> {
    const done = this.#last.then(() => this.#reload(read));
    this.#last = done;
    return done;
  }

  async #reload(read: () => ServerConfig): Promise<boolean> {
    const { log, parts, onDone } = this.#options;
    try {
      const wanted = read();
      const changed = configNames.filter((name) => !isEqual(this.#current[name], wanted[name]));
      const taken = changed.filter((name) => configFields[name].isReloadable);
      const next = { ...this.#current, ...pick(wanted, taken) };
      const effects = await Promise.all(parts.map((part) => part.prepare(next)));
      for (const effect of effects) effect();
      this.#current = next;
      log.info({ settings: taken }, 'configuration reloaded');
      const waiting = changed.filter((name) => !taken.includes(name));
      if (waiting.length > 0) log.warn({ settings: waiting }, 'changed settings need a restart');
      onDone('taken');
      return true;
    } catch (cause) {
      log.error(
        { reason: (cause as Error).message },
        'configuration not reloaded: everything stays as it was',
      );
      onDone('refused');
      return false;
    }
  }
}

function pick(config: ServerConfig, names: readonly Name[]): Partial<ServerConfig> {
  return Object.fromEntries(names.map((name) => [name, config[name]]));
}

/** Settings are texts, numbers and lists of them. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
