/** Durable events to an address, one request each, signed: Standard Webhooks. */
import type { Logger } from '../../observability/logger.ts';
import { type AcknowledgingSink, type Sink, SinkBusy, type SinkEvent } from '../sink.ts';
import { retryAfterMs } from './retry-after.ts';
import { webhookSignature } from './webhook-signature.ts';

export interface WebhookSettings {
  readonly name: string;
  readonly url: string;
  /** Of all that receivers may know, the newest first. */
  readonly keys: readonly Buffer[];
  /** Of events; none means all. */
  readonly types: readonly string[];
  readonly timeoutMs: number;
  /** From when an event came about. */
  readonly giveUpMs: number;
  readonly userAgent: string;
  /** Takes, as events of their own, those that were given up; null leaves them out. */
  readonly deadLetters: Sink | null;
  readonly log: Logger;
  readonly onRefused: () => void;
}

/** Statuses below 500 that say nothing about the event: time is over, or too many requests. */
const retried = new Set([408, 429]);

export class WebhookSink implements AcknowledgingSink {
  readonly maxInFlight = 16;
  readonly #settings: WebhookSettings;
  readonly #closing = new AbortController();

  constructor(settings: WebhookSettings) {
    this.#settings = settings;
  }

  get name(): string {
    return this.#settings.name;
  }

  wants({ type, isDurable }: SinkEvent): boolean {
    const { types } = this.#settings;
    return isDurable && (types.length === 0 || types.includes(type));
  }

  offer(): boolean {
    return false;
  }

  async deliver(event: SinkEvent, waitedMs: number): Promise<void> {
    let failure: Error;
    try {
      const answer = await this.#post(event);
      if (answer.ok) return;
      const { status } = answer;
      if (status >= 400 && status < 500 && !retried.has(status)) {
        await this.#refuse(event, `status ${status}`);
        return;
      }
      const afterMs = retryAfterMs(answer.headers.get('retry-after'), Date.now());
      const message = `the webhook answered with status ${status}`;
      failure = afterMs === null ? new Error(message) : new SinkBusy(message, afterMs);
    } catch (cause) {
      failure = cause instanceof Error ? cause : new Error(String(cause));
    }
    if (this.#closing.signal.aborted || waitedMs < this.#settings.giveUpMs) throw failure;
    await this.#refuse(event, failure.message);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#settings.deadLetters?.close();
  }

  async #post({ id, json }: SinkEvent): Promise<Response> {
    const { url, keys, userAgent, timeoutMs } = this.#settings;
    const timestamp = Math.floor(Date.now() / 1000);
    // Not AbortSignal.any, which leaves something behind at the signal that lasts for each that does not.
    const request = new AbortController();
    const end = (): void => request.abort(this.#closing.signal.reason);
    const timer = setTimeout(
      () => request.abort(new Error(`the webhook did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    this.#closing.signal.addEventListener('abort', end);
    try {
      this.#closing.signal.throwIfAborted();
      const answer = await fetch(url, {
        method: 'POST',
        // Where it leads is for whoever configures the address to say, not for its answers.
        redirect: 'manual',
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'user-agent': userAgent,
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': webhookSignature(keys, id, timestamp, json),
        },
        body: json,
        signal: request.signal,
      });
      await answer.body?.cancel();
      return answer;
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener('abort', end);
    }
  }

  /** @throws Error when it cannot be written: it is tried again then, not lost */
  async #refuse(event: SinkEvent, reason: string): Promise<void> {
    const { name, deadLetters, log, onRefused } = this.#settings;
    const json = JSON.stringify({
      sink: name,
      reason,
      time: new Date().toISOString(),
      event: JSON.parse(event.json),
    });
    await deadLetters?.deliver([{ ...event, json }], AbortSignal.timeout(this.#settings.timeoutMs));
    log.error(
      { sink: name, event: event.type, session: event.session, reason, isKept: deadLetters !== null },
      'an event was refused by a webhook',
    );
    onRefused();
  }
}
