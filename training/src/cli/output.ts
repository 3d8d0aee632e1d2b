/** Where a command prints, shows its progress and learns that it should stop. */
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
