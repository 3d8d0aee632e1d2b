/**
 * Publishes to JetStream with acknowledgement. The client's own `publish` makes a request with a timer and a closure for each
 * message and cannot be told that the connection is gone; here one subscription takes all acknowledgements, and what is
 * on its way fails at once when the connection does.
 */
import { createInbox, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';

const ackDeadlineMs = 5000;
const sweepMs = 1000;

interface OnItsWay {
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
  readonly untilMs: number;
}

/** Refused for what it is: it would be refused again. */
export class EventRefused extends Error {}

/** "message size exceeds maximum allowed", of `max_msg_size` of the stream. */
const tooLargeCode = 10_054;

export class JetPublisher {
  readonly #connection: NatsConnection;
  readonly #inbox = createInbox();
  /** By the last part of the address for the answer, oldest first. */
  readonly #onTheirWay = new Map<string, OnItsWay>();
  readonly #sweep: NodeJS.Timeout;
  #published = 0;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error) this.failAll(error);
        else this.#take(message);
      },
    });
    this.#sweep = setInterval(() => this.#failLate(), sweepMs);
    this.#sweep.unref();
  }

  /**
   * @param id by which the stream knows what it has already
   * @throws EventRefused for what is too large; Error when there is no acknowledgement, or none that it is stored
   */
  async publish(subject: string, id: string, payload: string): Promise<void> {
    const maxBytes = this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    const header = headers();
    header.set('Nats-Msg-Id', id);
    // At most three bytes of UTF-8 for a unit of UTF-16; what is far below needs no closer look.
    if (payload.length * 3 + 1024 > maxBytes && Buffer.byteLength(payload) + 1024 > maxBytes)
      throw new EventRefused(`the event has ${Buffer.byteLength(payload)} bytes of at most ${maxBytes}`);
    const key = (this.#published++).toString(36);
    await new Promise<void>((resolve, reject) => {
      this.#onTheirWay.set(key, { resolve, reject, untilMs: performance.now() + ackDeadlineMs });
      try {
        this.#connection.publish(subject, payload, { reply: `${this.#inbox}.${key}`, headers: header });
      } catch (cause) {
        this.#onTheirWay.delete(key);
        reject(cause);
      }
    });
  }

  /** When the connection is gone: what is on its way may have arrived or not. */
  failAll(cause: Error): void {
    for (const { reject } of this.#onTheirWay.values()) reject(cause);
    this.#onTheirWay.clear();
  }

  close(): void {
    clearInterval(this.#sweep);
    this.failAll(new Error('the sink is closed'));
  }

  #take(message: Msg): void {
    const key = message.subject.slice(this.#inbox.length + 1);
    const found = this.#onTheirWay.get(key);
    if (!found) return;
    this.#onTheirWay.delete(key);
    const failure = failureOf(message);
    if (failure) found.reject(failure);
    else found.resolve();
  }

  #failLate(): void {
    const nowMs = performance.now();
    for (const [key, { untilMs, reject }] of this.#onTheirWay) {
      if (untilMs > nowMs) return;
      this.#onTheirWay.delete(key);
      reject(new Error(`no acknowledgement within ${ackDeadlineMs} ms`));
    }
  }
}

/** @returns null for an acknowledgement, also of what the stream had already */
function failureOf(message: Msg): Error | null {
  if (message.headers?.code === 503)
    return new Error('no JetStream stream takes the subject: create one, or name one in natsStream');
  const text = message.string();
  try {
    const answer = JSON.parse(text);
    if (typeof answer?.error === 'object' && answer.error !== null) {
      const { description, err_code } = answer.error;
      return err_code === tooLargeCode
        ? new EventRefused(String(description))
        : new Error(`JetStream: ${description}`);
    }
    if (typeof answer?.stream === 'string' && answer.stream !== '') return null;
  } catch {
    // Said below.
  }
  return new Error(`Expected an acknowledgement of JetStream; got ${text.slice(0, 100)}.`);
}
