/** The alerts of one stream: raised by what its recogniser reports, and carried along when it moves. */
import { type AlertEvent, AlertMonitor, type OpenAlert, type RecogniserEvent } from '@undertone/core';
import { type AlertMessage, type StreamConfig, toAlertMessage } from '@undertone/proto';
import type { CheckpointContent } from './checkpoint-content.ts';
import type { SessionOptions } from './session-options.ts';
import type { SessionServices } from './session-services.ts';

/** What is in effect: what the client asked for where the server leaves it to clients. */
export function effectiveAlerts(
  asked: boolean | undefined,
  { config: { alerts }, alertRules }: Pick<SessionServices, 'config' | 'alertRules'>,
): Pick<StreamConfig, 'alerts'> {
  return alertRules && (alerts === 'on' || (alerts === 'asked' && asked)) ? { alerts: true } : {};
}

export class StreamAlerts {
  readonly #options: SessionOptions;
  readonly #send: (message: AlertMessage) => void;
  readonly #monitor: AlertMonitor | null = null;

  /** @throws UndertoneError `bad_checkpoint` */
  constructor(options: SessionOptions, send: (message: AlertMessage) => void) {
    this.#options = options;
    this.#send = send;
    const { config, services, restored } = options;
    if (!config.alerts || !services.alertRules) return;
    this.#monitor = new AlertMonitor(services.alertRules, config.channel_roles);
    const carried = restored?.content.alerts;
    // A copy that is no Buffer: the slice of a Buffer is a view of a larger one.
    if (carried !== undefined) this.#monitor.restore(Uint8Array.from(Buffer.from(carried, 'base64url')));
  }

  /** Alerts of a channel that are open. */
  open(channel: number): readonly OpenAlert[] {
    return this.#monitor?.open(channel) ?? [];
  }

  /** What a checkpoint takes along. */
  get carried(): Pick<CheckpointContent, 'alerts'> {
    if (!this.#monitor) return {};
    return { alerts: Buffer.from(this.#monitor.snapshot()).toString('base64url') };
  }

  /** To be called before the event itself is written: a client that has the event then has its alerts as well. */
  hear(event: RecogniserEvent): void {
    if (!this.#monitor) return;
    const alerts = this.#monitor.hear(event);
    const isKnown = event.ordinal < (this.#options.restored?.ordinals[event.channel] ?? 0);
    if (!isKnown) this.#write(alerts);
  }

  /** The stream ends, at this sample of 16 kHz. */
  finish(atSample: number): void {
    if (this.#monitor) this.#write(this.#monitor.finish(atSample));
  }

  #write(alerts: readonly AlertEvent[]): void {
    const { id, config, services } = this.#options;
    for (const alert of alerts) {
      const { rule, state } = alert;
      this.#send(toAlertMessage(alert, id, config.channel_roles[alert.channel] ?? 'unknown'));
      services.metrics.alerts.inc({ rule, state });
      services.log.info({ session: id, rule, state, level: alert.level }, 'alert');
    }
  }
}
