/** The API keys that are valid now. A file that changes is read again; one that is broken leaves the keys as they were. */
import { timingSafeEqual } from 'node:crypto';
import { hashApiKey, isApiKey } from './api-key.ts';
import { type KeyEntry, parseKeyFile } from './key-file.ts';
import { defaultPollMs, type OnReload, readSettingFile, reload, WatchedFiles } from './watched-file.ts';

export interface KeyStoreOptions {
  readonly file: string;
  /** Time between looks at the file. */
  readonly pollMs?: number;
  /** Hears of each time the file was read while running. */
  readonly onReload?: OnReload;
}

export class KeyStore {
  readonly #options: KeyStoreOptions;
  readonly #watched: WatchedFiles;
  #byHash: ReadonlyMap<string, KeyEntry> = new Map();
  #byId: ReadonlyMap<string, KeyEntry> = new Map();

  /** @throws UndertoneError `file_not_found`, `bad_config` */
  constructor(options: KeyStoreOptions) {
    this.#options = options;
    this.#watched = new WatchedFiles([options.file], options.pollMs ?? defaultPollMs, () => this.reload());
    try {
      this.prepare()();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Reads the file.
   * @returns takes what was read into effect
   * @throws UndertoneError `file_not_found`, `bad_config`
   */
  prepare(): () => void {
    const { file } = this.#options;
    const entries = parseKeyFile(readSettingFile('keysFile', file), file);
    return () => {
      this.#byHash = new Map(entries.map((entry) => [entry.sha256, entry]));
      this.#byId = new Map(entries.map((entry) => [entry.id, entry]));
    };
  }

  /** Reads the file and takes it into effect. Does not throw over what it holds: `onReload` is told. */
  reload(): void {
    reload('keysFile', () => this.prepare(), this.#options.onReload);
  }

  /** The entry of a key that is shown; undefined if there is none or it has expired. */
  findKey(key: string, nowMs: number): KeyEntry | undefined {
    if (!isApiKey(key)) return undefined;
    const hash = hashApiKey(key);
    // The map is asked by a hash, which nobody can steer towards another: its timing tells nothing about a key.
    const entry = this.#byHash.get(hash);
    if (!entry || !timingSafeEqual(Buffer.from(entry.sha256), Buffer.from(hash))) return undefined;
    return isCurrent(entry, nowMs) ? entry : undefined;
  }

  /** The entry of an id, unless it has expired. */
  findId(id: string, nowMs: number): KeyEntry | undefined {
    const entry = this.#byId.get(id);
    return entry && isCurrent(entry, nowMs) ? entry : undefined;
  }

  /** Looks at the file no longer. */
  close(): void {
    this.#watched.close();
  }
}

function isCurrent({ expires }: KeyEntry, nowMs: number): boolean {
  return expires === undefined || Date.parse(expires) > nowMs;
}
