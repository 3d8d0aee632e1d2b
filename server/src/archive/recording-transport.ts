/** The stream of a recording: its durable results are kept until all of them are there. */
import type { ServerMessage } from '@undertone/proto';
import type { SessionTransport } from '../session/session-services.ts';
import { toSinkEvent } from '../sink/cloud-event.ts';
import { EventIds } from '../sink/event-ids.ts';
import type { SinkEvent } from '../sink/sink.ts';

export interface RecordingEnd {
  /** `ok`, or the code of an error. */
  readonly reason: string;
  /** Of the error that ended it. */
  readonly message: string | null;
}

export class RecordingTransport implements SessionTransport {
  readonly name = 'archive';
  readonly bufferedBytes = 0;
  readonly events: SinkEvent[] = [];
  readonly ended: Promise<RecordingEnd>;
  readonly #ids = new EventIds();
  readonly #source: string;
  #end: (end: RecordingEnd) => void = () => {};
  #message: string | null = null;
  #isOver = false;
  #isPaused = false;
  #wake: (() => void) | null = null;

  /** @param source names the worker in events */
  constructor(source: string) {
    this.#source = source;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  send(message: ServerMessage): void {
    if (message.type === 'Error' && message.fatal) this.#message = message.message;
    // Of a recording it says nothing.
    if (message.type === 'Emotion') delete message.latency_ms;
    const event = toSinkEvent(message, this.#source, new Date().toISOString(), this.#ids);
    if (event?.isDurable) this.events.push(event);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wakeUp();
  }

  /** Resolves when more may be given. */
  async readable(): Promise<void> {
    while (this.#isPaused && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(_code: number, reason: string): void {
    this.#isOver = true;
    this.#wakeUp();
    this.#end({ reason, message: this.#message });
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
