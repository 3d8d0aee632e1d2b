/** All sinks of a server, and what taps streams for them. */
import type { ServerMessage } from '@undertone/proto';
import type { SessionTransport } from '../session/session-services.ts';
import { toSinkEvent } from './cloud-event.ts';
import { EventIds } from './event-ids.ts';
import type { Outbox } from './sink.ts';
import { TappedTransport } from './tapped-transport.ts';

export class Sinks {
  readonly #outboxes: readonly Outbox[];
  readonly #source: string;

  /** @param source names the server in events */
  constructor(outboxes: readonly Outbox[], source: string) {
    this.#outboxes = outboxes;
    this.#source = source;
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#outboxes.length === 0;
  }

  backlog(): readonly { readonly sink: string; readonly events: number }[] {
    return this.#outboxes.map(({ name, length }) => ({ sink: name, events: length }));
  }

  /** What is sent through it goes to the sinks as well. */
  tap(transport: SessionTransport): SessionTransport {
    if (this.isEmpty) return transport;
    const ids = new EventIds();
    return new TappedTransport(transport, (message) => this.#publish(message, ids));
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#outboxes.map((outbox) => outbox.close(graceMs)));
  }

  #publish(message: ServerMessage, ids: EventIds): void {
    const event = toSinkEvent(message, this.#source, new Date().toISOString(), ids);
    if (event) for (const outbox of this.#outboxes) outbox.push(event);
  }
}
