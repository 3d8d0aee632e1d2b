/** `undertone calls`: what goes on in calls, as a table that follows it, as lines, or as JSON. */
import type { CallEvent } from '../../calls/call-event.ts';
import { printable } from '../../calls/printable.ts';
import { isOfAgent } from '../../calls/without-agents.ts';
import { asUndertoneError } from '../../client/as-undertone-error.ts';
import type { FeedOptions } from '../../feed/node/feed-options.ts';
import { createPaint, hasColours } from '../../terminal/paint.ts';
import { boardLines } from './board-text.ts';
import { CallBoard } from './call-board.ts';
import { eventLine } from './event-text.ts';
import { type FeedChoice, feedConnection } from './feed-choice.ts';

export interface WatchOptions extends FeedChoice {
  readonly session?: string;
  readonly type?: readonly string[];
  readonly since?: Date;
  readonly replay?: boolean;
  readonly json?: boolean;
  /** Shows how agents sound as well. */
  readonly agents?: boolean;
}

interface View {
  event(event: CallEvent): void;
  /** What befell the feed last. */
  note(text: string): void;
  end(): void;
}

const drawEveryMs = 400;

/** @returns whether it ended as it should: with the last event, or by Ctrl-C */
export async function watchCalls(options: WatchOptions): Promise<boolean> {
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  const tell = (text: string): void => void process.stderr.write(`undertone calls: ${text}\n`);
  let view: View | null = null;
  let failure: unknown = null;
  let malformed = 0;
  let firstProblem = '';
  try {
    const feed = await openFeed(options, {
      signal: abort.signal,
      onMalformed: (problem) => {
        if (malformed++ === 0) firstProblem = problem;
      },
      onState: (state) => {
        if (!abort.signal.aborted)
          view?.note(state === 'lost' ? 'NATS is gone, and is tried again' : 'NATS is back');
      },
    });
    view = createView(options, tell);
    for await (const event of feed) {
      // Programs get all of it.
      if (options.agents || options.json || !isOfAgent(event.message)) view.event(event);
    }
    const { dropped } = feed.counts;
    view.end();
    if (malformed > 0) tell(`${malformed} malformed events were left out, the first: ${firstProblem}`);
    if (dropped > 0) tell(`${dropped} interim events were left out, because they came too fast`);
  } catch (cause) {
    view?.end();
    failure = cause;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  }
  if (failure === null || abort.signal.aborted) return true;
  const { code, message } = asUndertoneError(failure);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ type: 'Error', code, message, fatal: true })}\n`);
  else process.stderr.write(`${code}: ${printable(message)}\n`);
  return false;
}

async function openFeed(
  options: WatchOptions,
  more: Partial<FeedOptions>,
): Promise<
  AsyncIterable<CallEvent> & {
    readonly counts: { readonly dropped: number };
  }
> {
  const { session, type, since, replay = false } = options;
  // The client of NATS takes memory that other commands need not pay for.
  const { CallFeed } = await import('../../feed/node/call-feed.ts');
  return CallFeed.open({
    ...(await feedConnection(options)),
    from: since ?? (replay ? 'all' : 'now'),
    follow: !replay,
    ...(session === undefined ? {} : { session }),
    ...(type === undefined ? {} : { types: type }),
    ...more,
  });
}

function createView({ json = false, replay = false }: WatchOptions, note: (text: string) => void): View {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  if (json) return { event: ({ text }) => write(oneLine(text)), note, end: () => {} };
  if (process.stdout.isTTY) return new TableView(!replay);
  return {
    event: (event) => {
      const line = eventLine(event);
      if (line !== null) write(line);
    },
    note,
    end: () => {},
  };
}

/** Whoever wrote an event may have broken its lines. */
function oneLine(text: string): string {
  return /[\r\n]/.test(text) ? JSON.stringify(JSON.parse(text)) : text;
}

/** On a screen of its own while it follows; what was last is left behind. */
class TableView implements View {
  readonly #board = new CallBoard();
  readonly #paint = createPaint(hasColours(process.stdout));
  readonly #timer: NodeJS.Timeout | null = null;
  #note = '';

  constructor(isLive: boolean) {
    if (!isLive) return;
    process.stdout.write('\x1b[?1049h\x1b[?25l');
    this.#timer = setInterval(() => this.#draw(), drawEveryMs);
    this.#draw();
  }

  event(event: CallEvent): void {
    this.#board.accept(event);
  }

  note(text: string): void {
    this.#note = text;
  }

  end(): void {
    if (this.#timer) {
      clearInterval(this.#timer);
      process.stdout.write('\x1b[?25h\x1b[?1049l');
    }
    process.stdout.write(`${this.#lines(10_000).join('\n')}\n`);
  }

  #draw(): void {
    const lines = [...this.#lines((process.stdout.rows ?? 24) - 2), this.#paint('yellow', this.#note)];
    process.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
  }

  #lines(rows: number): string[] {
    const width = process.stdout.columns ?? 80;
    return boardLines(this.#board.calls(), { rows, width, paint: this.#paint });
  }
}
