/**
 * The one place where streams are let in and looked after, whatever door they come through: doors translate bytes, the
 * host decides who becomes a session.
 */
import { UndertoneError } from '@undertone/core';
import { newSessionId, type StreamConfig } from '@undertone/proto';
import type { CapacityGate } from '../admission/capacity-gate.ts';
import { permittedModel } from '../auth/permissions.ts';
import type { ServedModels } from '../inference/served-models.ts';
import type { SessionCount } from '../observability/metrics.ts';
import { streamTrace } from '../observability/trace-context.ts';
import { OpenSessions } from './open-sessions.ts';
import type { Session } from './session.ts';
import type { SessionServices, SessionTransport } from './session-services.ts';
import { type SealSettings, SessionStarter } from './session-starter.ts';
import { SpreadMoves } from './spread-moves.ts';
import { effectiveAlerts } from './stream-alerts.ts';
import { type Admission, placesOf, type StreamRequest } from './stream-request.ts';
import type { StreamView } from './stream-view.ts';
import { effectiveConsent, expectMayBeHeard } from './who-may-be-heard.ts';

export class SessionHost {
  readonly models: ServedModels;
  readonly services: SessionServices;
  readonly #gate: CapacityGate;
  readonly #sessions = new OpenSessions();
  readonly #starter: SessionStarter;
  readonly #moves = new SpreadMoves();
  readonly #timer: NodeJS.Timeout;
  #isDraining = false;
  #refused = 0;

  /** @throws UndertoneError `bad_config` for checkpoint keys that are none */
  constructor(models: ServedModels, services: SessionServices, gate: CapacityGate) {
    this.#gate = gate;
    this.models = models;
    this.services = services;
    const sessions = this.#sessions;
    this.#starter = new SessionStarter({ models, services, sessions, loadRatio: () => gate.loadRatio });
    const everyMs = Math.min(1000, services.config.idleTimeoutMs / 4);
    this.#timer = setInterval(() => sessions.each((session) => session.checkLimits()), everyMs).unref();
  }

  /** See `SessionStarter.prepare`. */
  prepare(next: SealSettings): () => void {
    return this.#starter.prepare(next);
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** Streams that run, oldest first, and what is known of each. */
  get views(): ReadonlyMap<Session, StreamView> {
    return this.#sessions.views;
  }

  /** Streams that were opened since the server started. */
  get opened(): number {
    return this.#sessions.opened;
  }

  /** Streams that were refused since the server started, for whatever reason. */
  get refused(): number {
    return this.#refused;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Open streams by door and model. */
  sessionCounts(): readonly SessionCount[] {
    return this.#sessions.counts();
  }

  get bufferedBytes(): number {
    return this.#sessions.bufferedBytes;
  }

  /**
   * Before anything is spent on a caller, its credentials included.
   * @throws UndertoneError `going_away`, `overloaded`
   */
  expectRoom(): void {
    if (this.#isDraining)
      throw new UndertoneError('going_away', 'The server is shutting down and takes no new stream.');
    this.#gate.expectRoom();
  }

  /**
   * Whether a caller may open this stream.
   * @throws UndertoneError `going_away`, `overloaded`, `unknown_model`, `role_not_allowed`, `forbidden`,
   * `too_many_sessions`
   */
  async admit({ query, principal, traceparent }: StreamRequest): Promise<Admission> {
    this.expectRoom();
    const { resume, alerts: wanted, ...asked } = query;
    const id = newSessionId();
    const model = permittedModel(principal, this.models, asked.model, id);
    // What is heard of a stream that continues is in its checkpoint.
    if (!resume) expectMayBeHeard(asked, principal, this.services.config);
    const consent = effectiveConsent(asked.consent, this.services.config);
    const alerts = effectiveAlerts(wanted, this.services);
    // Not spread: V8 makes a hidden class for each single object that has properties after a spread.
    const config: StreamConfig = Object.assign({}, asked, consent, alerts, { model: model.id });
    // Last, so that no place is taken by a stream that is refused for another reason.
    const lease = this.#gate.enter(principal, placesOf(asked));
    return {
      id,
      config,
      model,
      principal,
      trace: streamTrace(traceparent),
      isResumed: resume === true,
      lease,
    };
  }

  /** A door refused a caller before there was a session. */
  countRefusal({ code }: UndertoneError): void {
    this.#refused++;
    this.services.metrics.errors.inc({ code });
  }

  /**
   * Starts the session of an admitted stream and writes `Begin`, unless it has to be restored first.
   * @param id of the session, where it follows from what is heard
   */
  open(admission: Admission, transport: SessionTransport, id?: string): Session {
    return this.#starter.start(admission, transport, id);
  }

  /**
   * From now on no stream is let in. Running ones are told; those that can go on elsewhere are sent there, not all at once,
   * in the first half of `drainSeconds`.
   */
  startDraining(): void {
    this.#isDraining = true;
    this.#sessions.each((session) => session.warnOfDrain());
    const { drainSeconds } = this.services.config;
    if (drainSeconds > 0) this.#moves.start(this.views.keys(), drainSeconds * 1000);
  }

  /** Resolves when no session is left, or after `timeoutMs`. */
  empty(timeoutMs: number): Promise<void> {
    return this.#sessions.empty(timeoutMs);
  }

  /** Ends all streams with their last results; resolves when they are gone or `graceMs` is over. */
  async endAll(graceMs: number): Promise<void> {
    this.#sessions.each((session) => {
      if (!session.canMove) session.goAway();
    });
    this.#moves.start(this.views.keys(), graceMs);
    await this.empty(graceMs);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#moves.close();
  }
}
