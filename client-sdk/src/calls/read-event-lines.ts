/** Events from a file of lines: as sinks write them, or as `undertone analyze --json` prints them. */
import { type CallEvent, isCallEvent, readCallEvent } from './call-event.ts';

export interface EventLine {
  /** From 1. */
  readonly line: number;
  readonly event: CallEvent | null;
  /** Why it is no event; empty where it is one. */
  readonly problem: string;
}

/** A line of which no more is kept is no event. */
const maxLineChars = 1_100_000;

/**
 * Empty lines are left out. Never holds more than a line.
 * @param parts text, cut anywhere
 */
export async function* readEventLines(
  parts: AsyncIterable<string>,
): AsyncGenerator<EventLine, void, undefined> {
  let rest = '';
  let isTooLong = false;
  let line = 0;
  const take = (text: string): EventLine | null => {
    line++;
    const wasTooLong = isTooLong;
    isTooLong = false;
    if (wasTooLong) return { line, event: null, problem: `more than ${maxLineChars} characters` };
    if (text.trim() === '') return null;
    // A byte order mark is no part of the first line.
    const read = readCallEvent(line === 1 ? text.replace(/^\ufeff/, '') : text);
    return isCallEvent(read)
      ? { line, event: read, problem: '' }
      : { line, event: null, problem: read.problem };
  };
  for await (const part of parts) {
    const lines = (rest + part).split('\n');
    rest = lines.pop()!;
    for (const text of lines) {
      const read = take(text);
      if (read) yield read;
    }
    if (rest.length > maxLineChars) {
      rest = '';
      isTooLong = true;
    }
  }
  if (rest !== '' || isTooLong) {
    const read = take(rest);
    if (read) yield read;
  }
}
