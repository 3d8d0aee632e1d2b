/** One rule on one channel: whether its alert is open, and what opens and clears it. */
import type { Judgement } from '../stream/events.ts';
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';
import type { AlertEvent, AlertRule } from './alert-rule.ts';
import { SpeechBaseline } from './speech-baseline.ts';
import { type NewSpeech, type SpeechSpan, SpeechWindow } from './speech-window.ts';

const samplesPerMs = 16;

export type AlertChange = Pick<AlertEvent, 'state' | 'number' | 'sinceSample' | 'score' | 'speechSamples'>;

/** Of a judgement. */
type Heard = Pick<Judgement, 'confidence' | 'scores' | 'dimensions'>;

export class RuleState implements Stateful {
  readonly rule: AlertRule;
  readonly #window: SpeechWindow;
  readonly #baseline: SpeechBaseline;
  /** Alerts that were opened. */
  #opened = 0;
  /** Where the open alert began; null without one. */
  #sinceSample: number | null = null;
  /** No alert opens before it. */
  #quietUntilSample = 0;
  /** Of `recovered`: whether the rule it comes after has opened since. */
  #isArmed = false;

  constructor(rule: AlertRule) {
    this.rule = rule;
    this.#window = new SpeechWindow(rule.windowMs);
    this.#baseline = new SpeechBaseline(rule.baselineMs * samplesPerMs);
  }

  get isOpen(): boolean {
    return this.#sinceSample !== null;
  }

  /** Where the open alert began; null without one. */
  get sinceSample(): number | null {
    return this.#sinceSample;
  }

  /** Alerts that were opened so far. */
  get opened(): number {
    return this.#opened;
  }

  /** Numbers go on where those of a rule of the same name ended, which was another rule. */
  continueFrom(opened: number): void {
    this.#opened = opened;
  }

  hear(speech: NewSpeech, { confidence, scores, dimensions }: Heard): void {
    const { labels, dimension, minConfidence, weightBy } = this.rule;
    if (confidence < minConfidence) return;
    let value = dimensions[dimension];
    if (labels.length > 0) {
      value = 0;
      for (const label of labels) value += scores[label] ?? 0;
    }
    const { samples } = speech;
    const weight = weightBy === 'confidence' ? samples * confidence : samples;
    if (this.#baseline.isKnown) this.#window.add(speech, weight, { value, arousal: dimensions.arousal });
    else this.#baseline.add(samples, weight, value);
  }

  /**
   * @param preceding of `recovered`: the rule it comes after, on this channel
   * @returns what changes at this position
   */
  evaluate(atSample: number, preceding: RuleState | null): AlertChange | null {
    const { durationMs } = this.rule;
    if (preceding?.isOpen) this.#isArmed = true;
    const speech = durationMs * samplesPerMs;
    const { recent, earlier } = this.#window.split(atSample, speech);
    const score = this.#scoreOf(recent, earlier, speech);
    const evidence = { score: score ?? 0, speechSamples: recent.samples };
    if (this.#sinceSample !== null) {
      if (recent.samples > 0 && score !== null && !this.#isOver(score, recent)) return null;
      return this.#clear(atSample, evidence);
    }
    const mayOpen = score !== null && recent.samples >= speech && atSample >= this.#quietUntilSample;
    if (!mayOpen || !this.#isReached(score, recent) || !this.#mayFollow(preceding)) return null;
    this.#isArmed = false;
    this.#sinceSample = recent.startSample;
    return { state: 'opened', number: this.#opened++, sinceSample: recent.startSample, ...evidence };
  }

  /** What stands against the level at this position; null where too little was said. */
  scoreAt(atSample: number): number | null {
    const speech = this.rule.durationMs * samplesPerMs;
    const { recent, earlier } = this.#window.split(atSample, speech);
    return recent.samples < speech ? null : this.#scoreOf(recent, earlier, speech);
  }

  /** The stream is over, and so is an alert that is open. */
  finish(atSample: number): AlertChange | null {
    if (this.#sinceSample === null) return null;
    const speech = this.rule.durationMs * samplesPerMs;
    const { recent, earlier } = this.#window.split(atSample, speech);
    const score = this.#scoreOf(recent, earlier, speech) ?? 0;
    return this.#clear(atSample, { score, speechSamples: recent.samples });
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#opened);
    writer.count(this.#sinceSample === null ? 0 : this.#sinceSample + 1);
    writer.count(this.#quietUntilSample);
    writer.flag(this.#isArmed);
    this.#window.writeState(writer);
    this.#baseline.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#opened = reader.count();
    const since = reader.count();
    this.#sinceSample = since === 0 ? null : since - 1;
    this.#quietUntilSample = reader.count();
    this.#isArmed = reader.flag();
    this.#window.readState(reader);
    this.#baseline.readState(reader);
  }

  #clear(atSample: number, evidence: Pick<AlertChange, 'score' | 'speechSamples'>): AlertChange {
    const sinceSample = this.#sinceSample!;
    this.#sinceSample = null;
    this.#quietUntilSample = atSample + this.rule.coolDownMs * samplesPerMs;
    return { state: 'cleared', number: this.#opened - 1, sinceSample, ...evidence };
  }

  /** Null where there is nothing to compare with. */
  #scoreOf(recent: SpeechSpan, earlier: SpeechSpan, speech: number): number | null {
    const { kind, baselineMs } = this.rule;
    const { mean } = this.#baseline;
    if (kind !== 'drop') return recent.value - mean;
    if (baselineMs > 0) return mean - recent.value;
    return earlier.samples < speech ? null : earlier.value - recent.value;
  }

  #isReached(score: number, { arousal }: SpeechSpan): boolean {
    const { kind, direction, on, arousalOn } = this.rule;
    if (kind === 'distress' && arousal < arousalOn) return false;
    return direction === 'below' ? score <= on : score >= on;
  }

  #isOver(score: number, { arousal }: SpeechSpan): boolean {
    const { kind, direction, off, arousalOff } = this.rule;
    if (kind === 'distress' && arousal < arousalOff) return true;
    return direction === 'below' ? score > off : score < off;
  }

  #mayFollow(preceding: RuleState | null): boolean {
    return this.rule.kind !== 'recovered' || (this.#isArmed && preceding?.isOpen === false);
  }
}
