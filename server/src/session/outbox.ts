/**
 * The outgoing side of a session: numbers and writes messages, leaves out interim results when the client is slow to
 * read, and reports when it is so slow that the stream must end. Finals and summaries are never left out.
 */
import { type EmotionEvent, type Manifest, type RecogniserEvent, UndertoneError } from '@undertone/core';
import { MessageSequence, type ServerMessage, type StreamConfig, type SummaryInput } from '@undertone/proto';
import type { SessionServices, SessionTransport } from './session-services.ts';

export interface OutboxOptions {
  /** Monotonic milliseconds at which the last sample was received that the result needs. */
  readonly neededAtMs: (event: EmotionEvent) => number;
  /** Audio received and not yet recognised. */
  readonly pendingMs: () => number;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  readonly onSlowClient: (error: UndertoneError) => void;
}

export class Outbox {
  readonly #messages: MessageSequence;
  readonly #services: SessionServices;
  readonly #transport: SessionTransport;
  readonly #options: OutboxOptions;
  readonly #model: string;

  constructor(
    id: string,
    config: StreamConfig,
    services: SessionServices,
    transport: SessionTransport,
    options: OutboxOptions,
  ) {
    this.#messages = new MessageSequence(id, config);
    this.#model = config.model;
    this.#services = services;
    this.#transport = transport;
    this.#options = options;
  }

  begin(manifest: Manifest): void {
    const { config } = this.#services;
    const limits = {
      max_frame_bytes: config.maxFrameBytes,
      idle_timeout_ms: config.idleTimeoutMs,
      max_session_s: config.maxSessionSeconds,
    };
    this.#write(this.#messages.begin(manifest, limits));
  }

  event(event: RecogniserEvent): void {
    if (event.type === 'Emotion') {
      this.#emotion(event);
      return;
    }
    const message = this.#messages.event(event);
    if (message) this.#write(message);
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

  #emotion(event: EmotionEvent): void {
    const { metrics, config, now } = this.#services;
    if (!event.isFinal && this.#transport.bufferedBytes > config.interimDropBytes) {
      metrics.interimsDropped.inc();
      return;
    }
    const latencyMs = Math.max(0, now() - this.#options.neededAtMs(event));
    const message = this.#messages.event(event, latencyMs);
    if (message) this.#write(message);
    const kind = event.isFinal ? 'final' : 'interim';
    metrics.resultLatency.observe({ kind }, latencyMs / 1000, this.#options.traceId);
    metrics.realTimeLag.observe(this.#options.pendingMs() / 1000);
    metrics.results.inc({
      model: this.#model,
      label: event.label ?? 'none',
      final: String(event.isFinal),
    });
    if (event.abstain) metrics.abstentions.inc({ reason: event.abstain });
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
