/** What one rule did over all calls. */
import type { AlertEvent } from '@undertone/core';

const samplesPerSecond = 16_000;

export interface RuleOutcome {
  readonly rule: string;
  readonly opened: number;
  readonly cleared: number;
  readonly callsWithAlert: number;
  readonly alertsPerHour: number | null;
  readonly shareOfCalls: number | null;
  /** From opening to clearing. */
  readonly meanSeconds: number | null;
}

export class RuleTally {
  readonly #rule: string;
  #opened = 0;
  #cleared = 0;
  #callsWithAlert = 0;
  #openSamples = 0;

  constructor(rule: string) {
    this.#rule = rule;
  }

  /** @param alerts all of one call, in their order */
  add(alerts: readonly AlertEvent[]): void {
    const openedAt = new Map<string, number>();
    let own = 0;
    for (const { rule, channel, number, state, atSample } of alerts) {
      if (rule !== this.#rule) continue;
      const key = `${channel} ${number}`;
      if (state === 'opened') {
        own++;
        openedAt.set(key, atSample);
      } else {
        this.#cleared++;
        this.#openSamples += atSample - (openedAt.get(key) ?? atSample);
      }
    }
    this.#opened += own;
    if (own > 0) this.#callsWithAlert++;
  }

  outcome(calls: number, hours: number): RuleOutcome {
    return {
      rule: this.#rule,
      opened: this.#opened,
      cleared: this.#cleared,
      callsWithAlert: this.#callsWithAlert,
      alertsPerHour: hours > 0 ? this.#opened / hours : null,
      shareOfCalls: calls > 0 ? this.#callsWithAlert / calls : null,
      meanSeconds: this.#cleared > 0 ? this.#openSamples / this.#cleared / samplesPerSecond : null,
    };
  }
}
