/**
 * A stream that is heard: takes audio and messages in order, enforces the limits, runs the recogniser and writes numbered
 * messages. A transport only translates; everything that is decided about a stream is decided here.
 */
import { bytesPerSample, type ChannelSummary, UndertoneError } from '@undertone/core';
import { analysedChannels, type ClientMessage, type EmotionMessage } from '@undertone/proto';
import type { RecogniserHandle } from '../inference/recogniser-handle.ts';
import { closeCodeLabel } from '../observability/metrics.ts';
import { ArrivalClock } from './arrival-clock.ts';
import { HeardAudio } from './heard-audio.ts';
import { Intake } from './intake.ts';
import { Outbox } from './outbox.ts';
import { ReadingGate } from './reading-gate.ts';
import { recognitionSettings } from './recognition-settings.ts';
import type { Session } from './session.ts';
import type { SessionOptions } from './session-options.ts';
import type { TransportName } from './session-services.ts';
import { StreamControl } from './stream-control.ts';
import { clientClose, failing, goingAway, moving, type StreamEnding } from './stream-ending.ts';
import { StreamLimits } from './stream-limits.ts';
import { StreamWatch } from './stream-watch.ts';
import { UnacknowledgedFinals } from './unacknowledged-finals.ts';

export class RunningSession implements Session {
  readonly #options: SessionOptions;
  readonly #outbox: Outbox;
  readonly #recogniser: RecogniserHandle;
  readonly #arrivals: ArrivalClock;
  readonly #heard: HeardAudio;
  readonly #control: StreamControl;
  readonly #gate: ReadingGate;
  readonly #intake: Intake;
  readonly #limits: StreamLimits;
  readonly #watch: StreamWatch;
  readonly #finals: UnacknowledgedFinals;
  /** Looked up once: a packet must not cost a search for its labels. */
  readonly #audioReceived: { inc(seconds: number): void };
  readonly #bytesPerSecond: number;
  #rateTimer: NodeJS.Timeout | undefined;
  /** Since when as many finals wait for their acknowledgement as may. */
  #fullSinceMs: number | null = null;
  #droppedSeconds: number;
  /** `open`: takes input. `ending`: input is refused, results still come. `closed`: nothing more happens. */
  #state: 'open' | 'ending' | 'closed' = 'open';
  /** Set once the end is known; a later error replaces it. */
  #ending: StreamEnding | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { id, config, services, transport, restored, trace } = options;
    const carried = restored?.content;
    this.#limits = new StreamLimits(services, options.loadRatio, carried?.audioSeconds ?? 0);
    this.#droppedSeconds = carried?.droppedSeconds ?? 0;
    this.#bytesPerSecond = bytesPerSample[config.encoding] * config.channels * config.sample_rate;
    const labels = { transport: transport.name, encoding: config.encoding };
    this.#audioReceived = services.metrics.audioReceived.labels(labels);
    this.#arrivals = new ArrivalClock(this.#pauseSamples(config.endpointing_ms), this.#limits.openedAtMs);
    this.#finals = new UnacknowledgedFinals(services.config.maxUnacknowledged, this.#carriedFinals());
    this.#outbox = new Outbox(id, config, services, transport, {
      traceId: trace.traceId,
      ...(restored ? { firstOrdinals: restored.ordinals } : {}),
      pendingMs: () => this.#recogniser.pendingMs,
      neededAtMs: (event) => this.#arrivals.neededAtMs(event),
      onFinal: (final) => {
        if (!config.ack) return;
        this.#finals.add(final);
        if (this.#finals.isFull) this.#fullSinceMs ??= services.now();
      },
      onLatency: (latencyMs) => this.#watch.result(latencyMs),
      onHeld: () => this.#watch.slowClient(),
      onSlowClient: (error) => this.#abort(error),
    });
    this.#watch = new StreamWatch(config, services.now, (code, message) =>
      this.#outbox.send({ type: 'Warning', code, message }),
    );
    this.#recogniser = this.#openRecogniser();
    this.#heard = new HeardAudio({
      config,
      recogniser: this.#recogniser,
      sample: carried?.sample ?? 0,
      unheardFrom: carried?.unheardFrom ?? null,
      onGap: (gap) => {
        services.metrics.gaps.inc({ reason: gap.reason }, gap.duration);
        this.#outbox.send(gap);
      },
      onDropped: (seconds, reason) => this.#drop(seconds, reason),
    });
    this.#control = new StreamControl({
      config,
      isPaused: carried?.isPaused ?? false,
      recogniser: this.#recogniser,
      heard: this.#heard,
      arrivals: this.#arrivals,
      outbox: this.#outbox,
      pauseSamples: (endpointingMs) => this.#pauseSamples(endpointingMs),
      checkRoles: options.checkRoles,
    });
    this.#gate = new ReadingGate(transport);
    this.#intake = new Intake({
      recogniser: this.#recogniser,
      gate: this.#gate,
      bytesPerSecond: this.#bytesPerSecond,
      maxInboxBytes: services.config.maxInboxBytes,
      maxPendingMs: services.config.maxPendingMs,
      onAudio: (bytes, atMs) => this.#hear(bytes, atMs),
      mustWait: () => this.#finals.isFull,
      onDefect: (cause) => this.defect(cause),
    });
  }

  get id(): string {
    return this.#options.id;
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  get transport(): TransportName {
    return this.#options.transport.name;
  }

  get model(): string {
    return this.#options.model.id;
  }

  get bufferedBytes(): number {
    return this.#options.transport.bufferedBytes;
  }

  get canMove(): boolean {
    return this.#options.config.checkpoints;
  }

  /** Writes `Begin` and what a client that comes from elsewhere is owed. */
  begin(): void {
    const { model, trace, restored, services, config } = this.#options;
    const { parentId } = trace;
    this.#outbox.begin(model.manifest, {
      ...(restored ? { resumed: true, sample: restored.content.sample } : {}),
      ...(parentId === undefined ? {} : { trace_id: trace.traceId }),
    });
    for (const final of this.#finals.all) this.#outbox.send(final);
    services.metrics.resultsResent.inc(this.#finals.all.length);
    if (config.checkpoints && !restored) this.#giveCheckpoint(new Uint8Array(), 0, []);
    const caller = parentId === undefined ? {} : { parent_span_id: parentId };
    const purpose = config.purpose ? { purpose: config.purpose } : {};
    services.log.info(
      { ...this.#logFields, ...caller, ...purpose, transport: this.transport, model: this.model },
      restored ? 'session resumed' : 'session opened',
    );
  }

  receiveAudio(bytes: Uint8Array): void {
    if (this.#state === 'closed' || bytes.length === 0) return;
    const atMs = this.#options.services.now();
    const seconds = bytes.length / this.#bytesPerSecond;
    this.#audioReceived.inc(seconds * this.#options.config.channels);
    this.#limits.touch(atMs);
    if (this.#ending) {
      this.#drop(seconds, 'ended');
      this.#refuseAfterClose('audio');
      return;
    }
    try {
      const waitMs = this.#limits.receive(seconds, atMs);
      if (waitMs > 0) this.#slowDown(waitMs);
    } catch (error) {
      if (!(error instanceof UndertoneError)) throw error;
      this.#drop(seconds, 'rate_limited');
      this.#end(failing(error));
      return;
    }
    this.#watch.received(seconds, atMs);
    this.#intake.push({ kind: 'audio', bytes, atMs });
  }

  receive(message: ClientMessage): void {
    if (this.#state === 'closed') return;
    const atMs = this.#options.services.now();
    this.#limits.touch(atMs);
    if (message.type === 'KeepAlive') return;
    if (message.type === 'Ack') {
      this.#finals.acknowledge(message.id);
      if (!this.#finals.isFull) this.#fullSinceMs = null;
      this.#intake.proceed();
    } else if (message.type === 'Configure' && message.consent === 'denied') {
      this.#forget();
    } else if (message.type === 'CloseStream') {
      this.#end(clientClose);
    } else if (this.#ending) {
      this.#refuseAfterClose(message.type);
    } else {
      this.#intake.push({ kind: 'control', run: () => this.#run(message, atMs) });
    }
  }

  receiveInvalid(error: UndertoneError): void {
    if (this.#state !== 'closed') this.#end(failing(error));
  }

  messageTooLarge(): void {
    const limit = this.#options.services.config.maxFrameBytes;
    const message = `Expected messages of at most ${limit} bytes; got a larger one.`;
    this.#abort(new UndertoneError('message_too_large', message));
  }

  defect(cause: unknown): void {
    this.#abort(new UndertoneError('internal', 'Handling a message of this stream failed.', { cause }));
  }

  warnOfDrain(): void {
    if (this.#state !== 'open') return;
    const what = this.canMove
      ? 'Connect again with the last checkpoint when it closes.'
      : 'Streams end soon.';
    this.#outbox.send({ type: 'Warning', code: 'draining', message: `The server is shutting down. ${what}` });
  }

  goAway(): void {
    if (this.canMove) this.#move().catch((cause: unknown) => this.defect(cause));
    else this.#end(goingAway);
  }

  supersede(): void {
    const message = 'Expected one connection for a stream; it was continued on another.';
    this.#abort(new UndertoneError('superseded', message));
  }

  disconnected(code: number): void {
    this.#options.services.metrics.closes.inc({ code: closeCodeLabel(code) });
    this.#close('lost');
  }

  checkLimits(): void {
    if (this.#state !== 'open') return;
    this.#outbox.flush();
    const { now, config } = this.#options.services;
    const nowMs = now();
    if (this.#fullSinceMs !== null && nowMs - this.#fullSinceMs > config.idleTimeoutMs) {
      this.#abort(this.#unacknowledged());
    }
    if (this.#ending || this.#state !== 'open') return;
    // What is not read or handled cannot be late.
    if (this.#intake.isWaiting || this.#gate.isHeld) this.#limits.touch(nowMs);
    const error = this.#limits.exceeded(nowMs);
    if (error) this.#end(failing(error));
  }

  get #logFields(): { session: string; trace_id: string; span_id: string } {
    const { id, trace } = this.#options;
    return { session: id, trace_id: trace.traceId, span_id: trace.spanId };
  }

  #openRecogniser(): RecogniserHandle {
    const { config, model, restored, services } = this.#options;
    const content = restored?.content;
    const restore =
      content && content.snapshot.length > 0
        ? { snapshot: content.snapshot, acceptedSamples: content.sample, ordinals: content.ordinals }
        : null;
    const options = {
      encoding: config.encoding,
      sampleRateHz: config.sample_rate,
      channels: config.channels,
      analysed: analysedChannels(config),
      ...recognitionSettings(config),
      ...(config.checkpoints ? { checkpointMs: services.config.checkpointMs } : {}),
      ...(restore ? { restore } : {}),
    };
    return model.open(options, {
      onEvents: (events) => {
        for (const event of events) if (!this.isClosed) this.#outbox.event(event);
      },
      onCheckpoint: ({ snapshot, acceptedSamples, ordinals }) =>
        this.#giveCheckpoint(snapshot, acceptedSamples, ordinals),
      onBadAudio: (error, droppedBytes) => {
        this.#drop((droppedBytes + this.#intake.clear()) / this.#bytesPerSecond, 'bad_audio');
        this.#ending = null;
        this.#end(failing(error));
      },
      onError: (error) => this.#abort(error),
    });
  }

  /** Finals of before that the client has not said it has. */
  #carriedFinals(): EmotionMessage[] {
    const { restored, config } = this.#options;
    if (!restored || !config.ack) return [];
    const { content, ordinals } = restored;
    return content.finals.filter((final) => final.ordinal >= (ordinals[final.channel] ?? 0));
  }

  /** Takes effect where it stands in the audio. */
  async #run(message: ClientMessage, atMs: number): Promise<void> {
    const control = this.#control;
    if (message.type === 'Finalize') return control.finalize(atMs);
    if (message.type === 'Pause') return control.pause();
    if (message.type === 'Resume') return control.resume();
    if (message.type === 'Gap') return control.gap(message);
    if (message.type === 'Configure') return control.configure(message);
    const text = `Expected ${message.type} as the first message of a stream with resume=true; it came later.`;
    this.#end(failing(new UndertoneError('bad_message', text)));
  }

  #hear(bytes: Uint8Array, atMs: number): void {
    this.#heard.accept(bytes);
    this.#arrivals.received(this.#recogniser.receivedSamples, atMs);
    if (this.#heard.reason === null) this.#watch.heard(bytes, analysedChannels(this.#control.config));
  }

  /** The recogniser counts the pause that ends a segment in steps of the model. In samples at 16 kHz. */
  #pauseSamples(endpointingMs: number): number {
    const { manifest, stepFrames } = this.#options.model;
    const stepMs = (1000 * stepFrames * manifest.features.hopSamples) / manifest.features.sampleRate;
    return Math.max(1, Math.round(endpointingMs / stepMs)) * stepMs * 16;
  }

  #giveCheckpoint(snapshot: Uint8Array, sample: number, ordinals: readonly number[]): void {
    if (this.#state === 'closed') return;
    const { id, seal, principalId, services } = this.#options;
    const { config, isPaused } = this.#control;
    const checkpoint = seal.seal({
      sessionId: id,
      principal: principalId,
      config,
      sample,
      audioSeconds: sample / config.sample_rate,
      droppedSeconds: this.#droppedSeconds,
      isPaused,
      unheardFrom: this.#heard.unheardFrom,
      finals: this.#finals.all,
      ordinals,
      snapshot,
    });
    const time = Math.round((sample * 1000) / config.sample_rate) / 1000;
    this.#outbox.send({ type: 'Checkpoint', time, sample, checkpoint });
    services.metrics.checkpoints.inc();
  }

  /** Stops reading for a while. */
  #slowDown(waitMs: number): void {
    this.#gate.hold('rate');
    clearTimeout(this.#rateTimer);
    this.#rateTimer = setTimeout(() => {
      this.#watch.held();
      this.#limits.touch(this.#options.services.now());
      try {
        this.#gate.release('rate');
      } catch (cause) {
        this.defect(cause);
      }
    }, waitMs);
  }

  #end(ending: StreamEnding): void {
    if (this.#ending || this.#state !== 'open') return;
    this.#ending = ending;
    this.#intake.push({ kind: 'end', run: () => this.#finish() });
  }

  #refuseAfterClose(what: string): void {
    if (this.#ending?.reason !== 'client_close' || this.#ending.error) return;
    const error = new UndertoneError('audio_after_close', `Expected nothing after CloseStream; got ${what}.`);
    this.#ending = failing(error);
    this.#outbox.error(error, true);
  }

  async #finish(): Promise<void> {
    this.#state = 'ending';
    this.#arrivals.boundary(this.#options.services.now());
    const queued = this.#ending?.error;
    if (queued && queued.code !== 'audio_after_close') this.#outbox.error(queued, true);
    const { remainderBytes } = this.#recogniser;
    if (remainderBytes > 0 && queued?.code !== 'bad_audio') {
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
    this.#heard.report();
    const { reason, closeCode, closeReason } = this.#ending;
    const droppedSeconds = this.#droppedSeconds;
    this.#outbox.summary({ audioSamples, droppedSeconds, reason, channels });
    for (const channel of channels) this.#options.services.metrics.speech.inc(channel.speechSamples / 16_000);
    this.#options.transport.close(closeCode, closeReason);
    this.#close(reason);
  }

  /** Sends the client elsewhere: it has a checkpoint and sends the audio since that again. */
  async #move(): Promise<void> {
    if (this.#ending || this.#state !== 'open') return;
    this.#state = 'ending';
    this.#intake.stop();
    try {
      await this.#recogniser.drained();
    } catch {
      // Closed or failed meanwhile, which has been reported.
    }
    if (this.isClosed) return;
    this.#options.transport.close(moving.closeCode, moving.closeReason);
    this.#close('moved');
  }

  /** Consent was withdrawn: nothing of the stream is kept, and nothing more is said about it. */
  #forget(): void {
    this.#finals.clear();
    const message = 'Expected consent to being analysed; it was denied. The stream is forgotten.';
    this.#abort(new UndertoneError('consent_denied', message));
  }

  /** Ends the stream at once: nothing more is recognised. */
  #abort(error: UndertoneError): void {
    if (this.isClosed) return;
    if (error.code === 'internal')
      this.#options.services.log.error({ ...this.#logFields, err: error }, 'session failed');
    this.#outbox.error(error, true);
    this.#options.transport.close(error.spec.closeCode, error.code);
    this.#close(error.code);
  }

  #unacknowledged(): UndertoneError {
    const limit = this.#options.services.config.maxUnacknowledged;
    const message = `Expected fewer than ${limit} finals to wait for Ack; none came in time.`;
    return new UndertoneError('slow_client', message);
  }

  #drop(seconds: number, reason: string): void {
    this.#droppedSeconds += seconds;
    this.#options.services.metrics.audioDropped.inc({ reason }, seconds);
  }

  #close(outcome: string): void {
    if (this.isClosed) return;
    this.#state = 'closed';
    clearTimeout(this.#rateTimer);
    this.#intake.stop();
    this.#recogniser.close();
    const { services, onClosed } = this.#options;
    const seconds = (services.now() - this.#limits.openedAtMs) / 1000;
    services.metrics.sessionsTotal.inc({ transport: this.transport, outcome });
    services.metrics.sessionDuration.observe({ transport: this.transport }, seconds);
    services.log.info(
      { ...this.#logFields, outcome, seconds, audioSeconds: this.#limits.audioSeconds },
      'session closed',
    );
    onClosed();
  }
}
