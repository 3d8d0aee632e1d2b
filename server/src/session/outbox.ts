/**
 * The outgoing side of a session: numbers and writes messages, holds interim results back when the client is slow to
 * read, and reports when it is so slow that the stream must end. Finals and summaries are never left out.
 */
import { type EmotionEvent, type Manifest, type RecogniserEvent, UndertoneError } from '@undertone/core';
import {
  type BeginExtras,
  type EmotionMessage,
  MessageSequence,
  type ServerMessage,
  type ServerMessageBody,
  type StreamConfig,
  type SummaryInput,
} from '@undertone/proto';
import { HeldInterims } from './held-interims.ts';
import type { SessionServices, SessionTransport } from './session-services.ts';

export interface OutboxOptions {
  /** Monotonic milliseconds at which the last sample was received that the result needs. */
  readonly neededAtMs: (event: EmotionEvent) => number;
  /** Audio received and not yet recognised. */
  readonly pendingMs: () => number;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Per channel, events below it are not sent: the client has them. */
  readonly firstOrdinals?: readonly number[];
  /** A final was written. */
  readonly onFinal: (final: EmotionMessage) => void;
  /** A result was written so long after it could have been. */
  readonly onLatency: (latencyMs: number) => void;
  /** An interim result had to wait for a client that does not read. */
  readonly onHeld: () => void;
  readonly onSlowClient: (error: UndertoneError) => void;
}

export class Outbox {
  readonly #messages: MessageSequence;
  readonly #services: SessionServices;
  readonly #transport: SessionTransport;
  readonly #options: OutboxOptions;
  readonly #held = new HeldInterims();

  constructor(
    id: string,
    config: StreamConfig,
    services: SessionServices,
    transport: SessionTransport,
    options: OutboxOptions,
  ) {
    this.#messages = new MessageSequence(id, config);
    this.#services = services;
    this.#transport = transport;
    this.#options = options;
  }

  begin(manifest: Manifest, more: BeginExtras): void {
    const { config } = this.#services;
    const limits = {
      max_frame_bytes: config.maxFrameBytes,
      idle_timeout_ms: config.idleTimeoutMs,
      max_session_s: config.maxSessionSeconds,
    };
    this.#write(this.#messages.begin(manifest, limits, more));
  }

  event(event: RecogniserEvent): void {
    this.flush();
    if (event.ordinal < (this.#options.firstOrdinals?.[event.channel] ?? 0)) return;
    // What has waited until now would come after what replaces it.
    if (this.#held.discard(event.channel)) this.#services.metrics.interimsDropped.inc();
    if (event.type === 'Emotion') {
      if (!event.isFinal && this.#isCongested) this.#hold(event);
      else this.#emotion(event);
      return;
    }
    const message = this.#messages.event(event);
    if (message) this.#write(message);
  }

  /** Writes interim results that waited, if the client reads again. */
  flush(): void {
    if (this.#held.isEmpty || this.#isCongested) return;
    for (const event of this.#held.take()) this.#emotion(event);
  }

  /** Any other message. */
  send(body: ServerMessageBody): void {
    this.#write(this.#messages.message(body));
  }

  /** Results from here on are reported as `config` says. */
  configured(config: StreamConfig): void {
    this.#write(this.#messages.configured(config));
  }

  /** Written even to a slow client: after a fatal one nothing else follows. */
  error(error: UndertoneError, fatal: boolean): void {
    const { metrics, log } = this.#services;
    metrics.errors.inc({ code: error.code });
    log.debug(
      { session: this.#messages.sessionId, trace_id: this.#options.traceId, code: error.code },
      'error reported',
    );
    this.#transport.send(this.#messages.error(error.code, error.message, fatal));
  }

  summary(input: SummaryInput): void {
    this.#write(this.#messages.summary(input));
  }

  get #isCongested(): boolean {
    return this.#transport.bufferedBytes > this.#services.config.interimDropBytes;
  }

  #hold(event: EmotionEvent): void {
    this.#held.hold(event);
    this.#options.onHeld();
  }

  #emotion(event: EmotionEvent): void {
    const { metrics, now } = this.#services;
    const latencyMs = Math.max(0, now() - this.#options.neededAtMs(event));
    const message = this.#messages.event(event, latencyMs);
    if (message) this.#write(message);
    if (message && event.isFinal) this.#options.onFinal(bodyOf(message));
    const kind = event.isFinal ? 'final' : 'interim';
    metrics.resultLatency.observe({ kind }, latencyMs / 1000, this.#options.traceId);
    metrics.realTimeLag.observe(this.#options.pendingMs() / 1000);
    metrics.results.inc({
      model: this.#messages.config.model,
      label: event.label ?? 'none',
      final: String(event.isFinal),
    });
    if (event.isFinal) metrics.confidence.observe({ model: this.#messages.config.model }, event.confidence);
    if (event.abstain) metrics.abstentions.inc({ reason: event.abstain });
    this.#options.onLatency(latencyMs);
  }

  #write(message: ServerMessage): void {
    const { bufferedBytes } = this.#transport;
    const { slowClientBytes } = this.#services.config;
    this.#transport.send(message);
    if (bufferedBytes <= slowClientBytes) return;
    this.#services.metrics.slowClients.inc();
    const sentence = `Expected at most ${slowClientBytes} bytes unread; the client left ${bufferedBytes}.`;
    this.#options.onSlowClient(new UndertoneError('slow_client', sentence));
  }
}

/** Without the envelope, which belongs to one connection. */
function bodyOf(message: ServerMessage): EmotionMessage {
  const { session_id: _, seq: __, ...body } = message;
  return body as EmotionMessage;
}
