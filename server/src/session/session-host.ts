/**
 * The one place where streams are let in and looked after, whatever door they come through: doors translate bytes, the
 * host decides who becomes a session.
 */
import { UndertoneError } from '@undertone/core';
import { analysedChannels, newSessionId, type StreamConfig, type StreamQuery } from '@undertone/proto';
import type { CapacityGate, Lease } from '../admission/capacity-gate.ts';
import { expectMayAnalyse, permittedModel } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { ServedModel, ServedModels } from '../inference/served-models.ts';
import type { SessionCount } from '../observability/metrics.ts';
import { type StreamTrace, streamTrace } from '../observability/trace-context.ts';
import { Session } from './session.ts';
import type { SessionServices, SessionTransport, TransportName } from './session-services.ts';

/** What a client asked for. */
export interface StreamRequest {
  readonly transport: TransportName;
  readonly query: StreamQuery;
  readonly principal: Principal;
  /** The header of W3C Trace Context, as it came. */
  readonly traceparent?: string | readonly string[] | undefined;
}

/** A stream that may be opened. */
export interface Admission {
  readonly config: StreamConfig;
  readonly model: ServedModel;
  readonly trace: StreamTrace;
  /** Its place; whoever does not open it gives it back. */
  readonly lease: Lease;
}

export class SessionHost {
  readonly models: ServedModels;
  readonly services: SessionServices;
  readonly #gate: CapacityGate;
  readonly #sessions = new Set<Session>();
  readonly #timer: NodeJS.Timeout;
  #draining = false;
  #onEmpty: (() => void) | null = null;

  constructor(models: ServedModels, services: SessionServices, gate: CapacityGate) {
    this.#gate = gate;
    this.models = models;
    this.services = services;
    const everyMs = Math.min(1000, services.config.idleTimeoutMs / 4);
    this.#timer = setInterval(() => {
      for (const session of this.#sessions) session.checkLimits();
    }, everyMs).unref();
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** Open streams by door and model. */
  sessionCounts(): readonly SessionCount[] {
    const counts = new Map<string, SessionCount>();
    for (const { transport, model } of this.#sessions) {
      const key = `${transport} ${model}`;
      counts.set(key, { transport, model, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()];
  }

  get bufferedBytes(): number {
    let bytes = 0;
    for (const session of this.#sessions) bytes += session.bufferedBytes;
    return bytes;
  }

  /**
   * Before anything is spent on a caller, its credentials included.
   * @throws UndertoneError `going_away`, `overloaded`
   */
  expectRoom(): void {
    if (this.#draining)
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
    const model = permittedModel(principal, this.models, query.model);
    const analysed = analysedChannels(query);
    expectMayAnalyse(
      principal,
      query.channel_roles.filter((_, i) => analysed[i]),
    );
    for (const [i, role] of query.channel_roles.entries()) {
      if (analysed[i] && role === 'agent' && !this.services.config.allowRole.includes(role)) {
        throw new UndertoneError(
          'role_not_allowed',
          `Expected analyze to leave out agent, whom this server does not analyse (--allow-role agent); got ${query.analyze.join(',')}.`,
        );
      }
    }
    // Last, so that no place is taken by a stream that is refused for another reason.
    const lease = this.#gate.enter(principal, Math.max(1, analysed.filter(Boolean).length));
    return { config: { ...query, model: model.id }, model, trace: streamTrace(traceparent), lease };
  }

  /** Starts the session of an admitted stream and writes `Begin`. */
  open({ config, model, trace, lease }: Admission, transport: SessionTransport): Session {
    const session = new Session(newSessionId(), config, model, trace, this.services, transport, () =>
      this.#remove(session, lease),
    );
    this.#sessions.add(session);
    try {
      session.begin();
    } catch (cause) {
      session.defect(cause);
    }
    return session;
  }

  /** From now on no stream is let in. */
  startDraining(): void {
    this.#draining = true;
  }

  /** Resolves when no session is left, or after `timeoutMs`. */
  async empty(timeoutMs: number): Promise<void> {
    if (this.#sessions.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    this.#onEmpty = null;
  }

  /** Ends all streams with their last results; resolves when they are gone or `graceMs` is over. */
  async endAll(graceMs: number): Promise<void> {
    for (const session of this.#sessions) session.goAway();
    await this.empty(graceMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #remove(session: Session, lease: Lease): void {
    lease.release();
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }
}
