/** The messages of a session as developers look at them: bounded, in order of arrival, filtered by type and text. */
import type { ServerMessage } from '@undertone/client-sdk';
import type { Place } from './place.ts';

export interface LoggedMessage {
  /** Counts from 0. */
  readonly index: number;
  readonly place: Place;
  /** Milliseconds since the session began. */
  readonly atMs: number;
  readonly type: ServerMessage['type'];
  /** As JSON on one line. */
  readonly text: string;
}

export interface MessageFilter {
  /** Empty for all. */
  readonly type: string;
  /** Part of the text, in any case; empty for all. */
  readonly text: string;
}

export const keptMessages = 20_000;

export class MessageLog {
  #messages: LoggedMessage[] = [];
  #count = 0;

  /** How many came in all, those included that were let go of. */
  get count(): number {
    return this.#count;
  }

  get messages(): readonly LoggedMessage[] {
    return this.#messages;
  }

  add(place: Place, message: ServerMessage, atMs: number): void {
    const { type } = message;
    this.#messages.push({ index: this.#count, place, atMs, type, text: JSON.stringify(message) });
    this.#count += 1;
    // Half at a time, so that not each message moves all others.
    if (this.#messages.length > keptMessages) this.#messages = this.#messages.slice(-keptMessages / 2);
  }

  filtered({ type, text }: MessageFilter): readonly LoggedMessage[] {
    if (type === '' && text === '') return this.#messages;
    const wanted = text.toLowerCase();
    return this.#messages.filter(
      (message) => (type === '' || message.type === type) && message.text.toLowerCase().includes(wanted),
    );
  }
}
