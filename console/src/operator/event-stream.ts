/** Reads server-sent events (WHATWG HTML, 9.2.6) from a fetched body: `EventSource` could not send credentials. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** More than a snapshot of many thousand streams. */
const maxBufferedChars = 16 * 1024 * 1024;

/** @throws Error for an event that is larger than 16 MiB */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  const parser = new EventParser();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

export class EventParser {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #dataChars = 0;

  /** @returns the events that are complete */
  push(text: string): readonly ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop()!;
    for (const line of lines) {
      const event = this.#line(line);
      if (event) events.push(event);
    }
    if (this.#rest.length + this.#dataChars > maxBufferedChars)
      throw new Error(`Expected an event of at most ${maxBufferedChars} characters; got a larger one.`);
    return events;
  }

  #line(line: string): ServerSentEvent | null {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    if (field === 'data') {
      this.#data.push(value);
      this.#dataChars += value.length;
    }
    return null;
  }

  #dispatch(): ServerSentEvent | null {
    const event = { event: this.#event || 'message', data: this.#data.join('\n') };
    const isEmpty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    this.#dataChars = 0;
    return isEmpty ? null : event;
  }
}
