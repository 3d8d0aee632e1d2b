/** Where a command prints, shows its progress and learns that it should stop. */
import { relative } from 'node:path';
import type { ProgressLine } from '../report/progress-line.ts';

export interface Output {
  /** Results, to stdout. */
  readonly print: (text: string) => void;
  /** Progress and notes, to stderr. */
  readonly progress: ProgressLine;
  /** Aborted by the first Ctrl-C: stop at the next safe point. */
  readonly signal: AbortSignal;
}

/** Exit code of a command that was stopped and can go on with `--resume`. */
export const exitStopped = 130;

/** A path as people read it: from the working directory. Programs, which may go elsewhere, are given all of it. */
export function fromHere(path: string): string {
  return relative(process.cwd(), path) || '.';
}
