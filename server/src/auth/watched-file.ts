/** Files that are read again when they change. */
import { readFileSync, statSync } from 'node:fs';
import { UndertoneError } from '@undertone/core';

export const defaultPollMs = 2000;

/**
 * Polling sees what watching does not: a file that is replaced, and a link that points elsewhere, as secrets are mounted.
 * Made before the files are read, so that no change slips in between.
 */
export class WatchedFiles {
  readonly #files: readonly string[];
  readonly #onChange: () => void;
  readonly #timer: NodeJS.Timeout;
  #seen: string;

  constructor(files: readonly string[], pollMs: number, onChange: () => void) {
    this.#files = files;
    this.#onChange = onChange;
    this.#seen = this.#look();
    this.#timer = setInterval(() => this.#poll(), pollMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #poll(): void {
    const seen = this.#look();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#onChange();
  }

  /** A few files every two seconds: not worth a trip to the thread pool. */
  #look(): string {
    const look = (file: string): string => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'none';
    };
    return this.#files.map(look).join('; ');
  }
}

/**
 * @param setting whose file it is, for the message
 * @throws UndertoneError `file_not_found`
 */
export function readSettingFile(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new UndertoneError('file_not_found', `Expected ${setting} ${file} to be readable; ${reason}.`, {
      cause,
    });
  }
}

/** Says how reading again went: with the reason if what was read before stays. */
export type OnReload = (what: string, problem: UndertoneError | null) => void;

/** Reads and takes what it read; typed errors go to `onReload`, since a running server keeps what it has. */
export function reload(what: string, prepare: () => () => void, onReload: OnReload | undefined): void {
  let problem: UndertoneError | null = null;
  try {
    prepare()();
  } catch (error) {
    if (!(error instanceof UndertoneError)) throw error;
    problem = error;
  }
  onReload?.(what, problem);
}
