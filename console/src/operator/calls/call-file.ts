/** A file of events that was dropped on the page: as sinks write them, or `undertone analyze --json` prints them. */
import {
  type CallTimeline,
  CallTimelineBuilder,
  readEventLines,
  withoutAgents,
} from '@undertone/client-sdk/calls';

export interface CallFile {
  readonly name: string;
  readonly calls: readonly CallTimeline[];
  /** Lines that are no events, and calls beyond those that are shown. */
  readonly malformed: number;
  readonly moreCalls: boolean;
}

const mostCalls = 500;

/** @throws Error for a file in which no line is an event */
export async function readCallFile(file: File): Promise<CallFile> {
  const builders = new Map<string, CallTimelineBuilder>();
  let malformed = 0;
  let firstProblem = '';
  let moreCalls = false;
  for await (const { line, event, problem } of readEventLines(textOf(file))) {
    if (!event) {
      if (malformed++ === 0) firstProblem = `line ${line}: ${problem}`;
      continue;
    }
    if (!builders.has(event.session) && builders.size >= mostCalls) {
      moreCalls = true;
      continue;
    }
    const builder = builders.get(event.session) ?? new CallTimelineBuilder(event.session);
    builders.set(event.session, builder);
    builder.accept(event);
  }
  if (builders.size === 0)
    throw new Error(`Expected ${file.name} to have an event in each line; got ${firstProblem || 'none'}.`);
  return {
    name: file.name,
    calls: [...builders.values()].map((each) => withoutAgents(each.timeline())),
    malformed,
    moreCalls,
  };
}

async function* textOf(file: File): AsyncGenerator<string, void, undefined> {
  const reader = file
    .stream()
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}
