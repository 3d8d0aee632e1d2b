/**
 * The one place where streams are let in and looked after, whatever door they come through: doors translate bytes, the
 * host decides who becomes a session.
 */
import { UndertoneError } from '@undertone/core';
import {
  analysedChannels,
  newSessionId,
  type RestoreMessage,
  type StreamConfig,
  type StreamQuery,
} from '@undertone/proto';
import type { CapacityGate, Lease } from '../admission/capacity-gate.ts';
import { permittedModel } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { ServerConfig } from '../config/fields.ts';
import type { ServedModel, ServedModels } from '../inference/served-models.ts';
import type { SessionCount } from '../observability/metrics.ts';
import { type StreamTrace, streamTrace } from '../observability/trace-context.ts';
import { CheckpointSeal, parseCheckpointKeys } from './checkpoint-seal.ts';
import { RestoringSession } from './restoring-session.ts';
import { RunningSession } from './running-session.ts';
import type { Session } from './session.ts';
import type { RestoredStream } from './session-options.ts';
import type { SessionServices, SessionTransport, TransportName } from './session-services.ts';
import { SpreadMoves } from './spread-moves.ts';
import { effectiveConsent, expectMayBeHeard } from './who-may-be-heard.ts';

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
  readonly principal: Principal;
  readonly trace: StreamTrace;
  /** Whether the stream continues another, from the checkpoint in its first message. */
  readonly isResumed: boolean;
  /** Its place; whoever does not open it gives it back. */
  readonly lease: Lease;
}

type SealSettings = Pick<ServerConfig, 'checkpointKey' | 'checkpointMaxAgeSeconds'>;

/** @throws UndertoneError `bad_config` */
function sealOf({ checkpointKey, checkpointMaxAgeSeconds }: SealSettings): CheckpointSeal {
  const keys = parseCheckpointKeys(checkpointKey);
  return new CheckpointSeal({ keys, maxAgeSeconds: checkpointMaxAgeSeconds });
}

export class SessionHost {
  readonly models: ServedModels;
  readonly services: SessionServices;
  readonly #gate: CapacityGate;
  #seal: CheckpointSeal;
  readonly #sessions = new Set<Session>();
  readonly #moves = new SpreadMoves();
  readonly #timer: NodeJS.Timeout;
  #draining = false;
  /** Whether it was said that nobody else can open the checkpoints of this server. */
  #toldOfOwnKey = false;
  #onEmpty: (() => void) | null = null;

  /** @throws UndertoneError `bad_config` for checkpoint keys that are none */
  constructor(models: ServedModels, services: SessionServices, gate: CapacityGate) {
    this.#gate = gate;
    this.#seal = sealOf(services.config);
    this.models = models;
    this.services = services;
    const everyMs = Math.min(1000, services.config.idleTimeoutMs / 4);
    this.#timer = setInterval(() => {
      for (const session of this.#sessions) guarded(session, () => session.checkLimits());
    }, everyMs).unref();
  }

  /**
   * Takes keys of checkpoints that have changed, for streams that begin from then on.
   * @returns takes them into effect
   * @throws UndertoneError `bad_config` for keys that are none
   */
  prepare(next: SealSettings): () => void {
    const { config } = this.services;
    const isSame =
      String(next.checkpointKey) === String(config.checkpointKey) &&
      next.checkpointMaxAgeSeconds === config.checkpointMaxAgeSeconds;
    // Without a key a new seal would be another one.
    const seal = isSame ? this.#seal : sealOf(next);
    return () => {
      this.#seal = seal;
    };
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
    const { resume, ...asked } = query;
    const model = permittedModel(principal, this.models, asked.model);
    // What is heard of a stream that continues is in its checkpoint.
    if (!resume) expectMayBeHeard(asked, principal, this.services.config);
    const consent = effectiveConsent(asked.consent, this.services.config);
    const config: StreamConfig = { ...asked, ...consent, model: model.id };
    // Last, so that no place is taken by a stream that is refused for another reason.
    const lease = this.#gate.enter(principal, Math.max(1, analysedChannels(asked).filter(Boolean).length));
    return { config, model, principal, trace: streamTrace(traceparent), isResumed: resume === true, lease };
  }

  /** Starts the session of an admitted stream and writes `Begin`, unless it has to be restored first. */
  open(admission: Admission, transport: SessionTransport): Session {
    const { lease } = admission;
    if (!admission.isResumed) {
      try {
        return this.#run(newSessionId(), admission, transport);
      } catch (cause) {
        // No session has it that could give it back.
        lease.release();
        throw cause;
      }
    }
    const session: Session = new RestoringSession({
      id: newSessionId(),
      config: admission.config,
      services: this.services,
      transport,
      restore: (message) => {
        const stream = this.#restore(message, admission, transport);
        this.#sessions.delete(session);
        return stream;
      },
      onClosed: () => this.#remove(session, lease),
    });
    this.#sessions.add(session);
    return session;
  }

  /**
   * From now on no stream is let in. Running ones are told; those that can go on elsewhere are sent there, not all at once,
   * in the first half of `drainSeconds`.
   */
  startDraining(): void {
    this.#draining = true;
    for (const session of this.#sessions) guarded(session, () => session.warnOfDrain());
    const { drainSeconds } = this.services.config;
    if (drainSeconds > 0) this.#moves.start(this.#sessions, drainSeconds * 1000);
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
    for (const session of this.#sessions) if (!session.canMove) session.goAway();
    this.#moves.start(this.#sessions, graceMs);
    await this.empty(graceMs);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#moves.close();
  }

  #run(id: string, admission: Admission, transport: SessionTransport, restored?: RestoredStream): Session {
    const { config, model, principal, trace, lease } = admission;
    if (config.checkpoints) this.#tellOfOwnKey();
    const session = new RunningSession({
      id,
      config,
      model,
      principalId: principal.id,
      trace,
      services: this.services,
      transport,
      seal: this.#seal,
      ...(restored ? { restored } : {}),
      loadRatio: () => this.#gate.loadRatio,
      checkRoles: (changed) => expectMayBeHeard(changed, principal, this.services.config),
      onClosed: () => this.#remove(session, lease),
    });
    this.#sessions.add(session);
    try {
      session.begin();
    } catch (cause) {
      session.defect(cause);
    }
    return session;
  }

  /** @throws UndertoneError `bad_checkpoint`, `unknown_model`, `forbidden`, `role_not_allowed` */
  #restore(
    { checkpoint, ordinals }: RestoreMessage,
    admission: Admission,
    transport: SessionTransport,
  ): Session {
    const content = this.#seal.open(checkpoint);
    const { principal } = admission;
    if (content.principal !== principal.id) {
      throw new UndertoneError(
        'bad_checkpoint',
        'Expected a checkpoint of these credentials; got that of others.',
      );
    }
    const { config, sessionId } = content;
    expectMayBeHeard(config, principal, this.services.config);
    const model = permittedModel(principal, this.models, config.model);
    // Where the old connection is not known to be lost yet.
    for (const session of this.#sessions) if (session.id === sessionId) session.supersede();
    return this.#run(sessionId, { ...admission, config, model }, transport, { content, ordinals });
  }

  #tellOfOwnKey(): void {
    if (this.#toldOfOwnKey || this.services.config.checkpointKey.length > 0) return;
    this.#toldOfOwnKey = true;
    this.services.log.warn(
      'checkpoints are given out, but no checkpointKey is set: no other server, nor this one when it starts again, can open them',
    );
  }

  #remove(session: Session, lease: Lease): void {
    lease.release();
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }
}

/** Whoever calls is a timer or the end of the server: what one stream meets must not befall the others. */
function guarded(session: Session, run: () => void): void {
  try {
    run();
  } catch (cause) {
    session.defect(cause);
  }
}
