/** What alert rules need of a recorded event: the message again as the recogniser reported it. */
import type { AlertInput } from '@undertone/core';
import type { Role } from '@undertone/proto';
import type { CallEvent } from '../calls/call-event.ts';

export type ReplayEvent =
  | { readonly kind: 'begin'; readonly roles: readonly Role[] }
  | {
      readonly kind: 'input';
      readonly input: AlertInput;
      /** Counts the events of its channel. */
      readonly ordinal: number;
      /** Null where the message does not say it. */
      readonly role: Role | null;
    }
  /** An alert that was raised when the stream was live. */
  | { readonly kind: 'recorded'; readonly id: string; readonly rule: string; readonly isOpened: boolean }
  | { readonly kind: 'end'; readonly atSample: number }
  | { readonly kind: 'other' };

type Fields = Readonly<Record<string, unknown>>;

const samplesPerSecond = 16_000;
const mostLabels = 64;
const other: ReplayEvent = { kind: 'other' };

/** @returns a text that says what is missing or wrong */
export function toReplayEvent({ message, text }: CallEvent): ReplayEvent | string {
  switch (message?.type) {
    case 'Begin':
      return { kind: 'begin', roles: message.roles };
    case 'Summary':
      return { kind: 'end', atSample: samplesOf(message.seconds) };
    case 'Alert':
      return { kind: 'recorded', id: message.id, rule: message.rule, isOpened: message.isOpened };
    case 'SpeechStarted':
    case 'SpeechEnded':
    case 'Trend': {
      const { type, channel, time } = message;
      const { ordinal } = dataOf(text);
      if (!isOrdinal(ordinal)) return noOrdinal(type);
      return { kind: 'input', input: { type, channel, atSample: samplesOf(time) }, ordinal, role: null };
    }
    case 'Emotion': {
      const { channel, segment, confidence, valence, arousal, role } = message;
      const { ordinal, scores, speech_ratio, abstain, start, end } = dataOf(text);
      if (!isOrdinal(ordinal)) return noOrdinal('Emotion');
      if (!isScores(scores))
        return 'Emotion: scores is not an object of numbers from 0 to 1 (a stream without labels has none)';
      if (valence === null || arousal === null)
        return 'Emotion: dimensions has no valence and arousal (a stream without dimensions has none)';
      if (!isShare(speech_ratio)) return 'Emotion: speech_ratio is not a number from 0 to 1';
      const input: AlertInput = {
        type: 'Emotion',
        channel,
        segment,
        startSample: samplesOf(start as number),
        endSample: samplesOf(end as number),
        speechRatio: speech_ratio,
        ...(abstain === 'no_speech' || abstain === 'low_confidence' ? { abstain } : {}),
        confidence,
        scores,
        dimensions: { valence, arousal },
      };
      return { kind: 'input', input, ordinal, role };
    }
    default:
      return other;
  }
}

/** Seconds of messages are rounded to milliseconds, which are whole numbers of samples. */
function samplesOf(seconds: number): number {
  return Math.round(seconds * samplesPerSecond);
}

/** Of an event that was read before: an object, in an envelope or without one. */
function dataOf(text: string): Fields {
  const value = JSON.parse(text.replace(/^\ufeff/, '')) as Fields;
  return 'specversion' in value ? (value.data as Fields) : value;
}

function noOrdinal(type: string): string {
  return `${type}: ordinal is not a whole number`;
}

function isOrdinal(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isScores(value: unknown): value is Readonly<Record<string, number>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const scores = Object.values(value);
  return scores.length <= mostLabels && scores.every(isShare);
}
