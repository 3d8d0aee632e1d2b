/**
 * What a set of alert rules would have done on recorded calls, by the engine that the server has. Calls may be mixed; each
 * is forgotten when it is over.
 */
import type { AlertEvent, AlertRule } from '@undertone/core';
import type { Role } from '@undertone/proto';
import type { CallEvent } from '../calls/call-event.ts';
import { toReplayEvent } from './replay-event.ts';
import { type CallRules, ReplayedCall } from './replayed-call.ts';
import { type RuleOutcome, RuleTally } from './rule-tally.ts';
import { type RuleVariant, thresholdVariants } from './threshold-variants.ts';

export interface ReplayOptions {
  /** Whether rules are heard at other levels as well. */
  readonly hasCurves?: boolean;
  /** Calls that are kept for a picture, those with most alerts. */
  readonly keptCalls?: number;
}

export interface ReplayedAlert extends AlertEvent {
  readonly id: string;
  readonly session: string;
  readonly role: Role;
}

export interface ReplayedRule extends RuleOutcome {
  readonly level: AlertRule['level'];
  /** Alerts of a rule of this name that were opened live, and how many of these are the same now. */
  readonly recorded: number;
  readonly same: number;
}

export interface CurvePoint {
  readonly on: number;
  readonly opened: number;
  readonly alertsPerHour: number | null;
  readonly shareOfCalls: number | null;
}

export interface ReplayReport {
  readonly calls: number;
  /** Audio of the calls. */
  readonly hours: number;
  readonly results: number;
  /** Calls of which no `Summary` was recorded. */
  readonly withoutEnd: number;
  readonly rules: readonly ReplayedRule[];
  /** The first of them. */
  readonly alerts: readonly ReplayedAlert[];
  readonly alertsLeftOut: number;
  readonly curves: readonly { readonly rule: string; readonly points: readonly CurvePoint[] }[];
  readonly keptCalls: readonly ReplayedCall[];
  /** Labels of rules that no result of the recordings has. */
  readonly unknownLabels: readonly string[];
}

/** Calls that are heard at a time; fewer where each is heard by many rules, which take some 3 kB each. */
const mostOpenCalls = 5000;
const mostOpenRules = 100_000;
const mostEndedCalls = 100_000;
const mostAlerts = 10_000;
const samplesPerHour = 16_000 * 3600;

export class AlertReplay {
  readonly #rules: readonly AlertRule[];
  readonly #keptCalls: number;
  readonly #variants: readonly RuleVariant[];
  readonly #mostOpen: number;
  readonly #callRules: CallRules;
  readonly #open = new Map<string, ReplayedCall>();
  readonly #ended = new Set<string>();
  readonly #tallies: readonly RuleTally[];
  readonly #variantTallies: readonly RuleTally[];
  readonly #recorded = new Map<string, { recorded: number; same: number }>();
  readonly #alerts: ReplayedAlert[] = [];
  readonly #labels: Set<string>;
  #kept: ReplayedCall[] = [];
  #alertsLeftOut = 0;
  #calls = 0;
  #withoutEnd = 0;
  #results = 0;
  #samples = 0;

  constructor(rules: readonly AlertRule[], { hasCurves = false, keptCalls = 0 }: ReplayOptions = {}) {
    this.#rules = rules;
    this.#keptCalls = keptCalls;
    this.#variants = hasCurves ? thresholdVariants(rules) : [];
    this.#mostOpen = Math.min(
      mostOpenCalls,
      Math.ceil(mostOpenRules / (rules.length + this.#variants.length)),
    );
    this.#callRules = { rules, variants: this.#variants.map(({ rule }) => rule), isTraced: keptCalls > 0 };
    this.#tallies = rules.map(({ name }) => new RuleTally(name));
    this.#variantTallies = this.#variants.map(({ rule }) => new RuleTally(rule.name));
    this.#labels = new Set(rules.flatMap(({ labels }) => labels));
  }

  /** @returns why the event does not count, or null */
  accept(event: CallEvent): string | null {
    const { session } = event;
    if (this.#ended.has(session)) return 'comes after the Summary of its call';
    const read = toReplayEvent(event);
    if (typeof read === 'string') return read;
    const call = this.#call(session);
    switch (read.kind) {
      case 'begin':
        call.begin(read.roles);
        return null;
      case 'recorded':
        if (read.isOpened) call.record(read.id, read.rule);
        return null;
      case 'end':
        this.#end(call, read.atSample);
        return null;
      case 'input':
        if (!call.hear(read.input, read.ordinal, read.role))
          return `${read.input.type}: ordinal ${read.ordinal} comes twice or out of order`;
        if (read.input.type === 'Emotion') {
          this.#results++;
          if (this.#labels.size > 0)
            for (const label of Object.keys(read.input.scores)) this.#labels.delete(label);
        }
        return null;
      case 'other':
        return null;
    }
  }

  /** All was read: calls that did not end, end where they were heard last. */
  finish(): ReplayReport {
    for (const call of [...this.#open.values()]) this.#end(call, null);
    const hours = this.#samples / samplesPerHour;
    return {
      calls: this.#calls,
      hours,
      results: this.#results,
      withoutEnd: this.#withoutEnd,
      rules: this.#rules.map(({ name, level }, i) => ({
        ...this.#tallies[i]!.outcome(this.#calls, hours),
        level,
        ...(this.#recorded.get(name) ?? { recorded: 0, same: 0 }),
      })),
      alerts: this.#alerts,
      alertsLeftOut: this.#alertsLeftOut,
      curves: this.#curves(hours),
      keptCalls: this.#kept,
      unknownLabels: this.#results > 0 ? [...this.#labels] : [],
    };
  }

  #call(session: string): ReplayedCall {
    const known = this.#open.get(session);
    if (known) return known;
    // Of many that never end, the first is let go.
    if (this.#open.size >= this.#mostOpen) this.#end(this.#open.values().next().value!, null);
    const call = new ReplayedCall(session, this.#callRules);
    this.#open.set(session, call);
    return call;
  }

  #end(call: ReplayedCall, atSample: number | null): void {
    const { session } = call;
    call.finish(atSample);
    this.#open.delete(session);
    this.#ended.add(session);
    if (this.#ended.size > mostEndedCalls) this.#ended.delete(this.#ended.values().next().value!);
    this.#calls++;
    if (atSample === null) this.#withoutEnd++;
    this.#samples += call.samples;
    for (const tally of this.#tallies) tally.add(call.alerts);
    for (const tally of this.#variantTallies) tally.add(call.variantAlerts);
    const opened = new Set(call.alerts.map((alert) => call.idOf(alert)));
    for (const [id, rule] of call.recorded) {
      const counts = this.#recorded.get(rule) ?? { recorded: 0, same: 0 };
      counts.recorded++;
      if (opened.has(id)) counts.same++;
      if (this.#rules.some(({ name }) => name === rule)) this.#recorded.set(rule, counts);
    }
    for (const alert of call.alerts) {
      if (this.#alerts.length < mostAlerts)
        this.#alerts.push({ ...alert, id: call.idOf(alert), session, role: call.roleOf(alert.channel) });
      else this.#alertsLeftOut++;
    }
    this.#keep(call);
  }

  #keep(call: ReplayedCall): void {
    if (this.#keptCalls === 0 || call.channels.length === 0) return;
    this.#kept = [...this.#kept, call]
      .sort((a, b) => b.alerts.length - a.alerts.length)
      .slice(0, this.#keptCalls);
  }

  #curves(hours: number): ReplayReport['curves'] {
    if (this.#variants.length === 0) return [];
    return this.#rules.map(({ name }) => ({
      rule: name,
      points: this.#variants.flatMap(({ of, on }, i) => {
        if (of !== name) return [];
        const { opened, alertsPerHour, shareOfCalls } = this.#variantTallies[i]!.outcome(this.#calls, hours);
        return [{ on, opened, alertsPerHour, shareOfCalls }];
      }),
    }));
  }
}
