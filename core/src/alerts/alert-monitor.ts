/**
 * Evaluates alert rules on the results of one stream as they come. What is raised follows from the results and the rules
 * alone. Interim results count, and final ones by the speech that no interim has heard.
 */
import type { EmotionEvent, SpeechEndedEvent, SpeechStartedEvent, TrendEvent } from '../stream/events.ts';
import { StateReader } from '../stream/state-reader.ts';
import { checksum, StateWriter } from '../stream/state-writer.ts';
import type { AlertEvent, AlertRole, AlertRule } from './alert-rule.ts';
import { type AlertChange, RuleState } from './rule-state.ts';

/** What a monitor needs of the events of a recogniser. */
export type AlertInput =
  | Omit<EmotionEvent, 'ordinal' | 'revision' | 'isFinal' | 'fromFinalize' | 'sentiment' | 'label'>
  | Pick<SpeechStartedEvent | SpeechEndedEvent | TrendEvent, 'type' | 'channel' | 'atSample'>;

export interface OpenAlert {
  readonly rule: AlertRule;
  /** At 16 kHz on the stream's clock. */
  readonly sinceSample: number;
}

export interface RuleScore {
  readonly rule: string;
  readonly score: number | null;
}

interface Channel {
  readonly rules: readonly RuleState[];
  /** The newest segment, and the speech of it that was heard of, in samples. */
  segment: number;
  heardSamples: number;
  heardUntilSample: number;
  /** Where that segment began; an interim result covers the newest part of it alone. */
  segmentSample: number;
  /** Of a speech that no result has followed yet; else -1. */
  startedSample: number;
}

export class AlertMonitor {
  readonly #channels: readonly Channel[];

  /** @param roles of each channel; those that no rule is for raise nothing */
  constructor(rules: readonly AlertRule[], roles: readonly string[]) {
    this.#channels = roles.map((role, channel) => ({
      rules: rules.filter((rule) => isFor(rule, role, channel)).map((rule) => new RuleState(rule)),
      segment: -1,
      heardSamples: 0,
      heardUntilSample: 0,
      segmentSample: 0,
      startedSample: -1,
    }));
  }

  /** What opens or clears with this event, in the order of the rules. */
  hear(event: AlertInput): AlertEvent[] {
    const channel = this.#channels[event.channel];
    if (!channel || channel.rules.length === 0) return [];
    if (event.type !== 'Emotion') {
      if (event.type === 'SpeechStarted') channel.startedSample = event.atSample;
      return this.#evaluate(event.channel, channel, event.atSample);
    }
    const { segment, startSample, endSample, speechRatio, abstain } = event;
    if (segment !== channel.segment) {
      channel.segment = segment;
      channel.heardSamples = 0;
      const { startedSample } = channel;
      channel.segmentSample = startedSample < 0 ? startSample : Math.min(startedSample, startSample);
      channel.heardUntilSample = channel.segmentSample;
      channel.startedSample = -1;
    }
    const speech = Math.round(speechRatio * (endSample - channel.segmentSample));
    const samples = speech - channel.heardSamples;
    if (samples > 0 && abstain !== 'no_speech') {
      const heard = { startSample: channel.heardUntilSample, endSample, samples };
      for (const rule of channel.rules) rule.hear(heard, event);
      channel.heardSamples = speech;
      channel.heardUntilSample = endSample;
    }
    return this.#evaluate(event.channel, channel, endSample);
  }

  /** The stream ends here: clears what is open. */
  finish(atSample: number): AlertEvent[] {
    return this.#channels.flatMap((channel, i) =>
      channel.rules.flatMap((state) => eventOf(i, state.rule, atSample, state.finish(atSample))),
    );
  }

  /** The rules whose alerts are open on a channel, and where those began. */
  open(channel: number): readonly OpenAlert[] {
    const rules = this.#channels[channel]?.rules ?? [];
    return rules.flatMap(({ rule, sinceSample }) => (sinceSample === null ? [] : [{ rule, sinceSample }]));
  }

  /** What stands against the level of each rule of a channel at this position, for pictures; null where too little was said. */
  scores(channel: number, atSample: number): readonly RuleScore[] {
    const rules = this.#channels[channel]?.rules ?? [];
    return rules.map((state) => ({ rule: state.rule.name, score: state.scoreAt(atSample) }));
  }

  /** Everything another monitor needs to go on. */
  snapshot(): Uint8Array {
    const writer = new StateWriter();
    for (const channel of this.#channels) {
      const { rules } = channel;
      writer.count(channel.segment + 1);
      writer.count(channel.heardSamples);
      writer.count(channel.heardUntilSample);
      writer.count(channel.segmentSample);
      writer.count(channel.startedSample + 1);
      writer.count(rules.length);
      for (const state of rules) {
        writer.text(state.rule.name);
        writer.count(state.rule.windowMs);
        writer.text(fingerprint(state.rule));
        state.writeState(writer);
      }
    }
    return writer.finish();
  }

  /**
   * Of a new monitor: goes on where `snapshot` was taken. A rule that was another then begins anew; only its numbers go on.
   * @throws UndertoneError `bad_checkpoint`
   */
  restore(snapshot: Uint8Array): void {
    const reader = new StateReader(snapshot);
    for (const channel of this.#channels) {
      channel.segment = reader.count() - 1;
      channel.heardSamples = reader.count();
      channel.heardUntilSample = reader.count();
      channel.segmentSample = reader.count();
      channel.startedSample = reader.count() - 1;
      const found = reader.count(64);
      for (let i = 0; i < found; i++) this.#restoreRule(channel, reader);
    }
    reader.finish();
  }

  #restoreRule(channel: Channel, reader: StateReader): void {
    const name = reader.text();
    const windowMs = reader.count(120_000);
    const print = reader.text();
    const own = channel.rules.find(({ rule }) => rule.name === name);
    if (own && fingerprint(own.rule) === print) {
      own.readState(reader);
      return;
    }
    const other = new RuleState({ windowMs, baselineMs: 0 } as AlertRule);
    other.readState(reader);
    own?.continueFrom(other.opened);
  }

  #evaluate(i: number, { rules }: Channel, atSample: number): AlertEvent[] {
    const events: AlertEvent[] = [];
    for (const state of rules) {
      const preceding = rules.find(({ rule }) => rule.name === state.rule.after) ?? null;
      events.push(...eventOf(i, state.rule, atSample, state.evaluate(atSample, preceding)));
    }
    return events;
  }
}

function isFor({ roles, channels }: AlertRule, role: string, channel: number): boolean {
  return roles.includes(role as AlertRole) && (channels.length === 0 || channels.includes(channel));
}

function eventOf(
  channel: number,
  { name, level }: AlertRule,
  atSample: number,
  change: AlertChange | null,
): AlertEvent[] {
  return change ? [{ type: 'Alert', channel, rule: name, level, atSample, ...change }] : [];
}

/** The same for the same rule. */
function fingerprint(rule: AlertRule): string {
  return String(checksum(Uint32Array.from(JSON.stringify(rule), (letter) => letter.charCodeAt(0))));
}
