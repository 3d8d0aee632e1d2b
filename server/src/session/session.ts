/**
 * One stream, whatever carries it: takes audio and text messages in order, enforces the limits, runs the recogniser
 * and writes numbered messages. A transport only translates; everything that is decided is decided here.
 */
import { bytesPerSample, type ChannelSummary, UndertoneError } from '@undertone/core';
import {
  analysedChannels,
  type ClientMessage,
  type StreamConfig,
  type SummaryMessage,
} from '@undertone/proto';
import type { RecogniserHandle } from '../inference/recogniser-handle.ts';
import type { ServedModel } from '../inference/served-models.ts';
import { closeCodeLabel } from '../observability/metrics.ts';
import type { StreamTrace } from '../observability/trace-context.ts';
import { ArrivalClock } from './arrival-clock.ts';
import { Intake } from './intake.ts';
import { Outbox } from './outbox.ts';
import { RateLimit } from './rate-limit.ts';
import type { SessionServices, SessionTransport, TransportName } from './session-services.ts';

interface Ending {
  readonly reason: SummaryMessage['reason'];
  /** Absent when the end is no error. */
  readonly error?: UndertoneError;
  readonly closeCode: number;
  readonly closeReason: string;
}

export class Session {
  readonly id: string;
  readonly #services: SessionServices;
  readonly #transport: SessionTransport;
  readonly #config: StreamConfig;
  readonly #model: ServedModel;
  readonly #trace: StreamTrace;
  readonly #onClosed: () => void;
  readonly #outbox: Outbox;
  readonly #recogniser: RecogniserHandle;
  readonly #arrivals: ArrivalClock;
  readonly #intake: Intake;
  readonly #rateLimit: RateLimit;
  /** Looked up once: a packet must not cost a search for its labels. */
  readonly #audioReceived: { inc(seconds: number): void };
  readonly #bytesPerSecond: number;
  readonly #openedAtMs: number;
  #lastInputAtMs: number;
  #receivedSeconds = 0;
  #droppedSeconds = 0;
  /** `open`: takes input. `ending`: input is refused, results still come. `closed`: nothing more happens. */
  #state: 'open' | 'ending' | 'closed' = 'open';
  /** Set once the end is known; a later error replaces it. */
  #ending: Ending | null = null;

  /** `onClosed` is called once, when nothing more happens. */
  constructor(
    id: string,
    config: StreamConfig,
    model: ServedModel,
    trace: StreamTrace,
    services: SessionServices,
    transport: SessionTransport,
    onClosed: () => void,
  ) {
    this.id = id;
    this.#trace = trace;
    this.#services = services;
    this.#transport = transport;
    this.#config = config;
    this.#model = model;
    this.#onClosed = onClosed;
    this.#openedAtMs = services.now();
    this.#lastInputAtMs = this.#openedAtMs;
    this.#bytesPerSecond = bytesPerSample[config.encoding] * config.channels * config.sample_rate;
    const { features } = model.manifest;
    // The recogniser counts the pause that ends a segment in steps of the model.
    const stepMs = (1000 * model.stepFrames * features.hopSamples) / features.sampleRate;
    const pauseMs = Math.max(1, Math.round(config.endpointing_ms / stepMs)) * stepMs;
    this.#arrivals = new ArrivalClock(pauseMs * 16, this.#openedAtMs);
    this.#outbox = new Outbox(id, config, services, transport, {
      traceId: trace.traceId,
      pendingMs: () => this.#recogniser.pendingMs,
      neededAtMs: (event) => this.#arrivals.neededAtMs(event),
      onSlowClient: (error) => this.#abort(error),
    });
    const labels = { transport: transport.name, encoding: config.encoding };
    this.#audioReceived = services.metrics.audioReceived.labels(labels);
    this.#rateLimit = new RateLimit(services.config.rateLimit, services.config.rateBurstSeconds);
    const options = {
      encoding: config.encoding,
      sampleRateHz: config.sample_rate,
      channels: config.channels,
      analysed: analysedChannels(config),
      intervalMs: config.interval_ms,
      windowMs: config.window_ms,
      endpointingMs: config.endpointing_ms,
      interimResults: config.interim_results,
    };
    this.#recogniser = model.open(options, {
      onEvents: (events) => {
        for (const event of events) if (!this.isClosed) this.#outbox.event(event);
      },
      onBadAudio: (error, droppedBytes) => {
        this.#drop((droppedBytes + this.#intake.clear()) / this.#bytesPerSecond, 'bad_audio');
        this.#ending = null;
        this.#fail(error);
      },
      onError: (error) => this.#abort(error),
    });
    this.#intake = new Intake({
      recogniser: this.#recogniser,
      arrivals: this.#arrivals,
      transport,
      bytesPerSecond: this.#bytesPerSecond,
      maxInboxBytes: services.config.maxInboxBytes,
      maxPendingMs: services.config.maxPendingMs,
      onEnd: () => void this.#finish().catch((cause: unknown) => this.defect(cause)),
      onDefect: (cause) => this.defect(cause),
    });
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  get transport(): TransportName {
    return this.#transport.name;
  }

  /** `name@version` */
  get model(): string {
    return this.#model.id;
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  /** Writes `Begin`. */
  begin(): void {
    this.#outbox.begin(this.#model.manifest);
    const { parentId } = this.#trace;
    const caller = parentId === undefined ? {} : { parent_span_id: parentId };
    this.#services.log.info(
      { ...this.#logFields, ...caller, transport: this.transport, model: this.model },
      'session opened',
    );
  }

  get #logFields(): { session: string; trace_id: string; span_id: string } {
    return { session: this.id, trace_id: this.#trace.traceId, span_id: this.#trace.spanId };
  }

  receiveAudio(bytes: Uint8Array): void {
    if (this.#state === 'closed' || bytes.length === 0) return;
    const atMs = this.#services.now();
    const seconds = bytes.length / this.#bytesPerSecond;
    this.#audioReceived.inc(seconds * this.#config.channels);
    this.#lastInputAtMs = atMs;
    if (this.#ending) {
      this.#drop(seconds, 'ended');
      this.#refuseAfterClose('audio');
      return;
    }
    if (!this.#rateLimit.take(seconds, atMs)) {
      const { rateLimit, rateBurstSeconds } = this.#services.config;
      const allowed = `at most ${rateLimit} s of audio per second after a burst of ${rateBurstSeconds} s`;
      this.#drop(seconds, 'rate_limited');
      this.#fail(new UndertoneError('rate_limited', `Expected ${allowed}; got more.`));
      return;
    }
    this.#receivedSeconds += seconds;
    this.#intake.push({ kind: 'audio', bytes, atMs });
  }

  receive({ type }: ClientMessage): void {
    if (this.#state === 'closed') return;
    this.#lastInputAtMs = this.#services.now();
    if (type === 'KeepAlive') return;
    if (type === 'CloseStream') this.#end({ reason: 'client_close', closeCode: 1000, closeReason: 'ok' });
    else if (this.#ending) this.#refuseAfterClose(type);
    else if (type === 'Finalize') this.#intake.push({ kind: 'finalize', atMs: this.#lastInputAtMs });
    else
      this.receiveInvalid(
        new UndertoneError('bad_message', `Expected another message; ${type} is not yet known.`),
      );
  }

  /** A message came that is none of the protocol. */
  receiveInvalid(error: UndertoneError): void {
    if (this.#state !== 'closed') this.#fail(error);
  }

  /** The transport refused a message over the size limit and ends the connection itself. */
  messageTooLarge(): void {
    const limit = this.#services.config.maxFrameBytes;
    this.#abort(
      new UndertoneError(
        'message_too_large',
        `Expected messages of at most ${limit} bytes; got a larger one.`,
      ),
    );
  }

  /** Something was thrown that nobody expects. */
  defect(cause: unknown): void {
    this.#abort(new UndertoneError('internal', 'Handling a message of this stream failed.', { cause }));
  }

  /** Ends the stream in order: what was received is recognised, then comes the summary. */
  goAway(): void {
    this.#end({ reason: 'going_away', closeCode: 1001, closeReason: 'going_away' });
  }

  /** The connection is gone. */
  disconnected(code: number): void {
    this.#services.metrics.closes.inc({ code: closeCodeLabel(code) });
    this.#close('lost');
  }

  /** Called now and then by the server. */
  checkLimits(): void {
    if (this.#ending || this.#state !== 'open') return;
    const { config, now } = this.#services;
    const nowMs = now();
    if (this.#intake.isWaiting) this.#lastInputAtMs = nowMs;
    const { maxSessionSeconds, idleTimeoutMs } = config;
    if (Math.max(nowMs - this.#openedAtMs, this.#receivedSeconds * 1000) > maxSessionSeconds * 1000) {
      const message = `Expected a stream of at most ${maxSessionSeconds} s; it went on.`;
      this.#fail(new UndertoneError('session_limit', message), 'session_limit');
    } else if (nowMs - this.#lastInputAtMs > idleTimeoutMs) {
      const message = `Expected audio or KeepAlive within ${idleTimeoutMs} ms; nothing came.`;
      this.#fail(new UndertoneError('idle_timeout', message), 'idle_timeout');
    }
  }

  #end(ending: Ending): void {
    if (this.#ending || this.#state !== 'open') return;
    this.#ending = ending;
    this.#intake.push({ kind: 'end', atMs: this.#services.now() });
  }

  /** Ends the stream with an error: no more input, but results of what came before, and the summary. */
  #fail(error: UndertoneError, reason: Ending['reason'] = 'error'): void {
    this.#end({ reason, error, closeCode: error.spec.closeCode, closeReason: error.code });
  }

  #refuseAfterClose(what: string): void {
    if (this.#ending?.reason !== 'client_close' || this.#ending.error) return;
    const error = new UndertoneError('audio_after_close', `Expected nothing after CloseStream; got ${what}.`);
    const closeCode = error.spec.closeCode;
    this.#ending = { reason: 'error', error, closeCode, closeReason: error.code };
    this.#outbox.error(error, true);
  }

  async #finish(): Promise<void> {
    this.#state = 'ending';
    const queued = this.#ending;
    if (queued?.error && queued.error.code !== 'audio_after_close') this.#outbox.error(queued.error, true);
    const { remainderBytes } = this.#recogniser;
    if (remainderBytes > 0 && queued?.error?.code !== 'bad_audio') {
      const message = `Expected audio to end with a whole sample; ${remainderBytes} bytes are left over and dropped.`;
      this.#outbox.error(new UndertoneError('bad_audio', message), false);
    }
    const audioSamples = this.#recogniser.receivedSamples;
    let channels: readonly ChannelSummary[];
    try {
      channels = await this.#recogniser.finish();
    } catch (cause) {
      if (this.isClosed) return; // Closed or failed meanwhile, which has been reported.
      throw cause;
    }
    if (this.isClosed || !this.#ending) return;
    const { reason, closeCode, closeReason } = this.#ending;
    const droppedSeconds = this.#droppedSeconds;
    this.#outbox.summary({ audioSamples, droppedSeconds, reason, channels });
    for (const channel of channels) this.#services.metrics.speech.inc(channel.speechSamples / 16_000);
    this.#transport.close(closeCode, closeReason);
    this.#close(reason);
  }

  /** Ends the stream at once: nothing more is recognised. */
  #abort(error: UndertoneError): void {
    if (this.isClosed) return;
    if (error.code === 'internal')
      this.#services.log.error({ ...this.#logFields, err: error }, 'session failed');
    this.#outbox.error(error, true);
    this.#transport.close(error.spec.closeCode, error.code);
    this.#close(error.code);
  }

  #drop(seconds: number, reason: string): void {
    this.#droppedSeconds += seconds;
    this.#services.metrics.audioDropped.inc({ reason }, seconds);
  }

  #close(outcome: string): void {
    if (this.isClosed) return;
    this.#state = 'closed';
    this.#intake.stop();
    this.#recogniser.close();
    const { metrics, log, now } = this.#services;
    const transport = this.#transport.name;
    const seconds = (now() - this.#openedAtMs) / 1000;
    metrics.sessionsTotal.inc({ transport, outcome });
    metrics.sessionDuration.observe({ transport }, seconds);
    log.info({ ...this.#logFields, outcome, seconds, audioSeconds: this.#receivedSeconds }, 'session closed');
    this.#onClosed();
  }
}
