/** `call.json`: what was said when, and with which emotion the actors were asked to say it. */
import { readFileSync } from 'node:fs';

export interface CallTurn {
  readonly channel: number;
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  readonly intendedLabel: string;
  readonly words: string;
}

export interface CallIndex {
  readonly seconds: number;
  readonly turns: readonly CallTurn[];
}

export function readCallIndex(path: string): CallIndex {
  return JSON.parse(readFileSync(path, 'utf8')) as CallIndex;
}

/** The turn of the channel that shares the most time with a span of the call. */
export function turnAt(index: CallIndex, channel: number, start: number, end: number): CallTurn | null {
  const overlap = (turn: CallTurn): number => Math.min(end, turn.end) - Math.max(start, turn.start);
  const turns = index.turns.filter((turn) => turn.channel === channel && overlap(turn) > 0);
  return turns.sort((a, b) => overlap(b) - overlap(a))[0] ?? null;
}
