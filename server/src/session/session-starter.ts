/** Starts the sessions of streams that were let in: new ones, and those that come with a checkpoint. */
import { UndertoneError } from '@undertone/core';
import type { RestoreMessage, StreamConfig } from '@undertone/proto';
import type { Lease } from '../admission/capacity-gate.ts';
import { permittedModel } from '../auth/permissions.ts';
import type { ServerConfig } from '../config/fields.ts';
import type { ServedModels } from '../inference/served-models.ts';
import { CheckpointSeal, parseCheckpointKeys } from './checkpoint-seal.ts';
import type { OpenSessions } from './open-sessions.ts';
import { RestoringSession } from './restoring-session.ts';
import { RunningSession } from './running-session.ts';
import type { Session } from './session.ts';
import type { RestoredStream } from './session-options.ts';
import type { SessionServices, SessionTransport } from './session-services.ts';
import { effectiveAlerts } from './stream-alerts.ts';
import { type Admission, placesOf } from './stream-request.ts';
import { StreamView } from './stream-view.ts';
import { expectMayBeHeard } from './who-may-be-heard.ts';

export type SealSettings = Pick<ServerConfig, 'checkpointKey' | 'checkpointMaxAgeSeconds'>;

export interface SessionStarterOptions {
  readonly models: ServedModels;
  readonly services: SessionServices;
  readonly sessions: OpenSessions;
  readonly loadRatio: () => number;
}

/** @throws UndertoneError `bad_config` */
function sealOf({ checkpointKey, checkpointMaxAgeSeconds }: SealSettings): CheckpointSeal {
  const keys = parseCheckpointKeys(checkpointKey);
  return new CheckpointSeal({ keys, maxAgeSeconds: checkpointMaxAgeSeconds });
}

export class SessionStarter {
  readonly #options: SessionStarterOptions;
  #seal: CheckpointSeal;
  /** Whether it was said that nobody else can open the checkpoints of this server. */
  #toldOfOwnKey = false;

  /** @throws UndertoneError `bad_config` for checkpoint keys that are none */
  constructor(options: SessionStarterOptions) {
    this.#options = options;
    this.#seal = sealOf(options.services.config);
  }

  /**
   * Takes keys of checkpoints that have changed, for streams that begin from then on.
   * @returns takes them into effect
   * @throws UndertoneError `bad_config` for keys that are none
   */
  prepare(next: SealSettings): () => void {
    const { config } = this.#options.services;
    const isSame =
      String(next.checkpointKey) === String(config.checkpointKey) &&
      next.checkpointMaxAgeSeconds === config.checkpointMaxAgeSeconds;
    // Without a key a new seal would be another one.
    const seal = isSame ? this.#seal : sealOf(next);
    return () => {
      this.#seal = seal;
    };
  }

  /** Starts the session of an admitted stream and writes `Begin`, unless it has to be restored first. */
  start(admission: Admission, transport: SessionTransport, id: string = admission.id): Session {
    const { lease } = admission;
    if (admission.isResumed) return this.#await(admission, transport);
    try {
      return this.#run(id, admission, transport);
    } catch (cause) {
      // No session has it that could give it back.
      lease.release();
      throw cause;
    }
  }

  /** A session that becomes one of a stream when its checkpoint has come. */
  #await(admission: Admission, transport: SessionTransport): Session {
    const { services, sessions } = this.#options;
    const session: Session = new RestoringSession({
      id: admission.id,
      config: admission.config,
      services,
      transport,
      restore: (message) => {
        const stream = this.#restore(message, admission, transport);
        sessions.remove(session);
        return stream;
      },
      onClosed: () => this.#remove(session, admission.lease),
    });
    sessions.add(session, new StreamView(), false);
    return session;
  }

  #run(id: string, admission: Admission, transport: SessionTransport, restored?: RestoredStream): Session {
    const { config, model, principal, trace, lease } = admission;
    const { models, services, sessions, loadRatio } = this.#options;
    if (config.checkpoints) this.#tellOfOwnKey();
    const view = new StreamView();
    const session = new RunningSession({
      id,
      config,
      model,
      // Where a stream comes from elsewhere, a shadow has not heard its beginning.
      shadow: restored ? null : models.shadowOf(id, model),
      principalId: principal.id,
      trace,
      services,
      transport: services.sinks.tap(transport),
      view,
      seal: this.#seal,
      ...(restored ? { restored } : {}),
      loadRatio,
      checkRoles: (changed) => expectMayBeHeard(changed, principal, services.config),
      onClosed: () => this.#remove(session, lease),
    });
    sessions.add(session, view, true);
    try {
      session.begin();
    } catch (cause) {
      session.defect(cause);
    }
    return session;
  }

  /** @throws UndertoneError `bad_checkpoint`, `unknown_model`, `forbidden`, `role_not_allowed`, `overloaded` */
  #restore(
    { checkpoint, ordinals }: RestoreMessage,
    admission: Admission,
    transport: SessionTransport,
  ): Session {
    const content = this.#seal.open(checkpoint);
    const { principal, lease } = admission;
    const { models, services, sessions } = this.#options;
    if (content.principal !== principal.id) {
      throw new UndertoneError(
        'bad_checkpoint',
        'Expected a checkpoint of these credentials; got that of others.',
      );
    }
    const { sessionId } = content;
    const { alerts, ...asked } = content.config;
    const config: StreamConfig = Object.assign(asked, effectiveAlerts(alerts, services));
    expectMayBeHeard(config, principal, services.config);
    const model = permittedModel(principal, models, config.model);
    // Where the old connection is not known to be lost yet.
    for (const session of sessions.views.keys()) if (session.id === sessionId) session.supersede();
    // What is analysed is in the checkpoint; the address of the connection said nothing about it, or something else.
    lease.resize(placesOf(config));
    return this.#run(sessionId, { ...admission, config, model }, transport, { content, ordinals });
  }

  #tellOfOwnKey(): void {
    const { config, log } = this.#options.services;
    if (this.#toldOfOwnKey || config.checkpointKey.length > 0) return;
    this.#toldOfOwnKey = true;
    log.warn(
      'checkpoints are given out, but no checkpointKey is set: no other server, nor this one when it starts again, can open them',
    );
  }

  #remove(session: Session, lease: Lease): void {
    lease.release();
    this.#options.sessions.remove(session);
  }
}
