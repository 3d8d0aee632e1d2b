/**
 * A stream that is heard: takes audio and messages in order, enforces the limits, and ends in one of the ways a stream can
 * end. A transport only translates; everything that is decided about a stream is decided here.
 */
import { type ChannelSummary, UndertoneError } from '@undertone/core';
import type { ClientMessage } from '@undertone/proto';
import { closeCodeLabel } from '../observability/metrics.ts';
import { atBeginning, giveCheckpoint } from './checkpoint-giver.ts';
import type { Session } from './session.ts';
import type { SessionOptions } from './session-options.ts';
import type { TransportName } from './session-services.ts';
import { clientClose, failing, goingAway, moving, type StreamEnding } from './stream-ending.ts';
import { createStreamParts, type StreamParts } from './stream-parts.ts';

export class RunningSession implements Session {
  readonly #options: SessionOptions;
  readonly #parts: StreamParts;
  #rateTimer: NodeJS.Timeout | undefined;
  /** `open`: takes input. `ending`: input is refused, results still come. `closed`: nothing more happens. */
  #state: 'open' | 'ending' | 'closed' = 'open';
  /** Set once the end is known; a later error replaces it. */
  #ending: StreamEnding | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#parts = createStreamParts(options, {
      isClosed: () => this.isClosed,
      onBadAudio: (error) => this.#endBadly(error),
      onFatal: (error) => this.#abort(error),
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
    const { outbox, finals } = this.#parts;
    const { parentId } = trace;
    outbox.begin(model.manifest, {
      ...(restored ? { resumed: true, sample: restored.content.sample } : {}),
      ...(parentId === undefined ? {} : { trace_id: trace.traceId }),
    });
    for (const final of finals.all) outbox.send(final);
    services.metrics.resultsResent.inc(finals.all.length);
    if (config.checkpoints && !restored) giveCheckpoint(this.#options, this.#parts, atBeginning);
    const caller = parentId === undefined ? {} : { parent_span_id: parentId };
    const purpose = config.purpose ? { purpose: config.purpose } : {};
    services.log.info(
      { ...this.#logFields, ...caller, ...purpose, transport: this.transport, model: this.model },
      restored ? 'session resumed' : 'session opened',
    );
  }

  receiveAudio(bytes: Uint8Array): void {
    if (this.#state === 'closed' || bytes.length === 0) return;
    const { limits, account, watch, intake, bytesPerSecond } = this.#parts;
    const atMs = this.#options.services.now();
    const seconds = bytes.length / bytesPerSecond;
    account.received(seconds);
    limits.touch(atMs);
    if (this.#ending) {
      account.dropped(seconds, 'ended');
      this.#refuseAfterClose('audio');
      return;
    }
    try {
      const waitMs = limits.receive(seconds, atMs);
      if (waitMs > 0) this.#slowDown(waitMs);
    } catch (error) {
      if (!(error instanceof UndertoneError)) throw error;
      account.dropped(seconds, 'rate_limited');
      this.#end(failing(error));
      return;
    }
    watch.received(seconds, atMs);
    intake.push({ kind: 'audio', bytes, atMs });
  }

  receive(message: ClientMessage): void {
    if (this.#state === 'closed') return;
    const { limits, finals, intake } = this.#parts;
    const atMs = this.#options.services.now();
    limits.touch(atMs);
    if (message.type === 'KeepAlive') return;
    if (message.type === 'Ack') {
      finals.acknowledge(message.id);
      intake.proceed();
    } else if (message.type === 'Configure' && message.consent === 'denied') {
      this.#forget();
    } else if (message.type === 'CloseStream') {
      this.#end(clientClose);
    } else if (this.#ending) {
      this.#refuseAfterClose(message.type);
    } else {
      intake.push({ kind: 'control', run: () => this.#run(message, atMs) });
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
    const message = `The server is shutting down. ${what}`;
    this.#parts.outbox.send({ type: 'Warning', code: 'draining', message });
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
    const { outbox, finals, intake, gate, limits } = this.#parts;
    const { now, config } = this.#options.services;
    const nowMs = now();
    outbox.flush();
    if (finals.fullForMs(nowMs) > config.idleTimeoutMs) {
      const message = `Expected fewer than ${config.maxUnacknowledged} finals to wait for Ack; none came in time.`;
      this.#abort(new UndertoneError('slow_client', message));
    }
    if (this.#ending) return;
    // What is not read or handled cannot be late.
    if (intake.isWaiting || gate.isHeld) limits.touch(nowMs);
    const error = limits.exceeded(nowMs);
    if (error) this.#end(failing(error));
  }

  get #logFields(): { session: string; trace_id: string; span_id: string } {
    const { id, trace } = this.#options;
    return { session: id, trace_id: trace.traceId, span_id: trace.spanId };
  }

  /** Takes effect where it stands in the audio. */
  async #run(message: ClientMessage, atMs: number): Promise<void> {
    const { control } = this.#parts;
    if (message.type === 'Finalize') return control.finalize(atMs);
    if (message.type === 'Pause') return control.pause();
    if (message.type === 'Resume') return control.resume();
    if (message.type === 'Gap') return control.gap(message);
    if (message.type === 'Configure') return control.configure(message);
    const text = `Expected ${message.type} as the first message of a stream with resume=true; it came later.`;
    this.#end(failing(new UndertoneError('bad_message', text)));
  }

  /** Stops reading for a while. */
  #slowDown(waitMs: number): void {
    const { gate, watch, limits } = this.#parts;
    gate.hold('rate');
    clearTimeout(this.#rateTimer);
    this.#rateTimer = setTimeout(() => {
      watch.held();
      limits.touch(this.#options.services.now());
      try {
        gate.release('rate');
      } catch (cause) {
        this.defect(cause);
      }
    }, waitMs);
  }

  #end(ending: StreamEnding): void {
    if (this.#ending || this.#state !== 'open') return;
    this.#ending = ending;
    this.#parts.intake.push({ kind: 'end', run: () => this.#finish() });
  }

  /** Ends the stream over audio that cannot be decoded, whatever end was in sight; last results may be awaited already. */
  #endBadly(error: UndertoneError): void {
    if (this.#state === 'ending') {
      if (this.#ending?.error) return;
      this.#ending = failing(error);
      this.#parts.outbox.error(error, true);
      return;
    }
    this.#ending = null;
    this.#end(failing(error));
  }

  #refuseAfterClose(what: string): void {
    if (this.#ending?.reason !== 'client_close' || this.#ending.error) return;
    const error = new UndertoneError('audio_after_close', `Expected nothing after CloseStream; got ${what}.`);
    this.#ending = failing(error);
    this.#parts.outbox.error(error, true);
  }

  async #finish(): Promise<void> {
    this.#state = 'ending';
    const { arrivals, outbox, recogniser, heard, account, alerts } = this.#parts;
    arrivals.boundary(this.#options.services.now());
    const queued = this.#ending?.error;
    if (queued && queued.code !== 'audio_after_close') outbox.error(queued, true);
    const { remainderBytes, receivedSamples } = recogniser;
    if (remainderBytes > 0 && queued?.code !== 'bad_audio') {
      const message = `Expected audio to end with a whole sample; ${remainderBytes} bytes are left over and dropped.`;
      outbox.error(new UndertoneError('bad_audio', message), false);
    }
    let channels: readonly ChannelSummary[];
    try {
      channels = await recogniser.finish();
    } catch (cause) {
      if (this.isClosed) return; // Closed or failed meanwhile, which has been reported.
      throw cause;
    }
    if (this.isClosed || !this.#ending) return;
    heard.report();
    alerts.finish(receivedSamples);
    const { reason, closeCode, closeReason } = this.#ending;
    const { droppedSeconds } = account;
    outbox.summary({ audioSamples: receivedSamples, droppedSeconds, reason, channels });
    for (const channel of channels) this.#options.services.metrics.speech.inc(channel.speechSamples / 16_000);
    this.#options.transport.close(closeCode, closeReason);
    this.#close(reason);
  }

  /** Sends the client elsewhere: it has a checkpoint and sends the audio since that again. */
  async #move(): Promise<void> {
    if (this.#ending || this.#state !== 'open') return;
    this.#state = 'ending';
    this.#parts.intake.stop();
    // Closed or failed meanwhile has been reported.
    await this.#parts.recogniser.drained().catch(() => {});
    if (this.isClosed) return;
    this.#options.transport.close(moving.closeCode, moving.closeReason);
    this.#close('moved');
  }

  /** Consent was withdrawn: nothing of the stream is kept, and nothing more is said about it. */
  #forget(): void {
    this.#parts.finals.clear();
    const message = 'Expected consent to being analysed; it was denied. The stream is forgotten.';
    this.#abort(new UndertoneError('consent_denied', message));
  }

  /** Ends the stream at once: nothing more is recognised. */
  #abort(error: UndertoneError): void {
    if (this.isClosed) return;
    const { services, transport } = this.#options;
    if (error.code === 'internal') services.log.error({ ...this.#logFields, err: error }, 'session failed');
    this.#parts.outbox.error(error, true);
    transport.close(error.spec.closeCode, error.code);
    this.#close(error.code);
  }

  #close(outcome: string): void {
    if (this.isClosed) return;
    this.#state = 'closed';
    clearTimeout(this.#rateTimer);
    const { intake, recogniser, limits } = this.#parts;
    intake.stop();
    recogniser.close();
    const { services, onClosed } = this.#options;
    const { audioSeconds, openedAtMs } = limits;
    const seconds = (services.now() - openedAtMs) / 1000;
    services.metrics.sessionsTotal.inc({ transport: this.transport, outcome });
    services.metrics.modelStreams.inc({ model: this.model, outcome });
    services.metrics.sessionDuration.observe({ transport: this.transport }, seconds);
    services.log.info({ ...this.#logFields, outcome, seconds, audioSeconds }, 'session closed');
    onClosed();
  }
}
