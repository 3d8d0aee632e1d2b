/** One recorded call, heard by rules as the server would have heard it. */
import { type AlertEvent, type AlertInput, AlertMonitor, type AlertRule } from '@undertone/core';
import type { Role } from '@undertone/proto';
import { MoodTrace } from './mood-trace.ts';

export interface CallRules {
  readonly rules: readonly AlertRule[];
  /** Heard beside them, under names of their own. */
  readonly variants: readonly AlertRule[];
  readonly isTraced: boolean;
}

export interface ReplayedChannel {
  readonly channel: number;
  readonly role: Role;
  readonly trace: MoodTrace;
}

interface Channel extends ReplayedChannel {
  readonly monitor: AlertMonitor;
  /** The rules as they are, and at other levels. */
  readonly variants: AlertMonitor | null;
}

const mostRecorded = 10_000;

export class ReplayedCall {
  readonly session: string;
  readonly #rules: CallRules;
  readonly #channels = new Map<number, Channel>();
  /** Of each channel: the newest event. */
  readonly #ordinals = new Map<number, number>();
  /** Speech that began on channels of which it is not known whose they are. */
  readonly #waiting = new Map<number, AlertInput>();
  #roles: readonly Role[] = [];
  #lastSample = 0;
  /** In the order in which they came. */
  readonly alerts: AlertEvent[] = [];
  readonly variantAlerts: AlertEvent[] = [];
  /** Ids of alerts that were opened when the call was live, and their rules. */
  readonly recorded: Map<string, string> = new Map();

  constructor(session: string, rules: CallRules) {
    this.session = session;
    this.#rules = rules;
  }

  /** 16 kHz. */
  get samples(): number {
    return this.#lastSample;
  }

  get channels(): readonly ReplayedChannel[] {
    return [...this.#channels.values()];
  }

  roleOf(channel: number): Role {
    return this.#channels.get(channel)?.role ?? 'unknown';
  }

  begin(roles: readonly Role[]): void {
    this.#roles = roles;
  }

  record(id: string, rule: string): void {
    if (this.recorded.size < mostRecorded) this.recorded.set(id, rule);
  }

  /** @returns false for what came before, or comes too late */
  hear(input: AlertInput, ordinal: number, role: Role | null): boolean {
    if (ordinal <= (this.#ordinals.get(input.channel) ?? -1)) return false;
    this.#ordinals.set(input.channel, ordinal);
    const atSample = input.type === 'Emotion' ? input.endSample : input.atSample;
    this.#lastSample = Math.max(this.#lastSample, atSample);
    const known = this.#channels.get(input.channel) ?? this.#open(input.channel, role);
    if (!known) {
      if (input.type === 'SpeechStarted') this.#waiting.set(input.channel, input);
      return true;
    }
    this.#hear(known, input);
    this.#trace(known, input, atSample);
    return true;
  }

  /** @param atSample null where the end was not recorded */
  finish(atSample: number | null): void {
    if (atSample !== null) this.#lastSample = atSample;
    for (const { monitor, variants } of this.#channels.values()) {
      this.alerts.push(...monitor.finish(this.#lastSample));
      if (variants) this.variantAlerts.push(...variants.finish(this.#lastSample));
    }
  }

  /** As the server names it. */
  idOf({ rule, channel, number }: Pick<AlertEvent, 'rule' | 'channel' | 'number'>): string {
    return `${this.session}:${rule}:${channel}:${number}`;
  }

  #open(channel: number, told: Role | null): Channel | null {
    const role = this.#roles[channel] ?? told;
    if (role === null) return null;
    const { rules, variants } = this.#rules;
    // The others are nobody's: no rule is for them.
    const roles = Array.from({ length: channel + 1 }, (_, i) => (i === channel ? role : ''));
    const opened: Channel = {
      channel,
      role,
      trace: new MoodTrace(),
      monitor: new AlertMonitor(rules, roles),
      variants: variants.length > 0 ? new AlertMonitor([...rules, ...variants], roles) : null,
    };
    this.#channels.set(channel, opened);
    const waiting = this.#waiting.get(channel);
    if (waiting) this.#hear(opened, waiting);
    return opened;
  }

  #hear({ monitor, variants }: Channel, input: AlertInput): void {
    this.alerts.push(...monitor.hear(input));
    if (variants) this.variantAlerts.push(...variants.hear(input));
  }

  #trace({ channel, trace, monitor }: Channel, input: AlertInput, atSample: number): void {
    if (!this.#rules.isTraced || input.type !== 'Emotion' || !trace.isDue(atSample)) return;
    trace.add(atSample, { ...input.dimensions, scores: monitor.scores(channel, atSample) });
  }
}
