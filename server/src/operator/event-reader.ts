/** Who reads the events: is sent the whole once, then what has changed since it was sent something last. */
import type { ServerResponse } from 'node:http';
import type { OperatorEndReason } from './overview.ts';
import type { Frame } from './overview-source.ts';

/** Without anything to tell, a sign of life, so that no proxy cuts the connection. */
const quietMs = 15_000;
/** Time for a reader to take its last event. */
const lingerMs = 2000;

export class EventReader {
  readonly #response: ServerResponse;
  readonly #slowMs: number;
  /** Texts of streams by id, as they were sent. */
  #sent: ReadonlyMap<string, string> = new Map();
  #totals = '';
  #lastMs: number;
  /** Since when it has not taken what was sent; null when it has. */
  #fullSinceMs: number | null = null;

  /** @param slowMs longest time that a reader may leave an event untaken */
  constructor(response: ServerResponse, first: Frame, nowMs: number, slowMs: number) {
    this.#response = response;
    this.#slowMs = slowMs;
    this.#lastMs = nowMs;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
    });
    this.#remember(first);
    this.#write('overview', body(first, [...first.streams.values()]));
  }

  /**
   * What waits for a reader is never more than one event: changes are gathered until it has taken that.
   * @returns false for a reader that is too slow and was sent away
   */
  update(frame: Frame, nowMs: number): boolean {
    if (this.#response.writableNeedDrain) {
      this.#fullSinceMs ??= nowMs;
      if (nowMs - this.#fullSinceMs <= this.#slowMs) return true;
      this.end('slow_reader');
      return false;
    }
    this.#fullSinceMs = null;
    const changed = [...frame.streams].filter(([id, text]) => this.#sent.get(id) !== text);
    const ended = [...this.#sent.keys()].filter((id) => !frame.streams.has(id));
    if (changed.length + ended.length > 0 || frame.totals !== this.#totals) {
      const texts = changed.map(([, text]) => text);
      this.#write('change', body(frame, texts, `,"ended":${JSON.stringify(ended)}`));
      this.#remember(frame);
      this.#lastMs = nowMs;
    } else if (nowMs - this.#lastMs >= quietMs) {
      this.#response.write(': quiet\n\n');
      this.#lastMs = nowMs;
    }
    return true;
  }

  end(reason: OperatorEndReason): void {
    this.#write('end', JSON.stringify({ reason }));
    this.#response.end();
    const timer = setTimeout(() => this.#response.destroy(), lingerMs).unref();
    this.#response.once('close', () => clearTimeout(timer));
  }

  #remember({ streams, totals }: Frame): void {
    this.#sent = streams;
    this.#totals = totals;
  }

  #write(event: string, data: string): void {
    this.#response.write(`event: ${event}\ndata: ${data}\n\n`);
  }
}

function body({ at, totals }: Frame, streams: readonly string[], more = ''): string {
  return `{"at":${JSON.stringify(at)},"totals":${totals},"streams":[${streams.join(',')}]${more}}`;
}
