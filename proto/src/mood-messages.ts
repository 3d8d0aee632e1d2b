/** The parts of a summary that say how a call went, from samples at 16 kHz to what goes over the wire. */
import type {
  Affect,
  ConversationMessage,
  MoodMessage,
  TalkMessage,
  TurningPointMessage,
} from './messages.ts';
import { toSeconds } from './to-seconds.ts';

interface AffectLike {
  readonly valence: number;
  readonly arousal: number;
}

export interface TurningPointLike {
  readonly atSample: number;
  readonly before: AffectLike;
  readonly after: AffectLike;
}

export interface TalkLike {
  readonly heardSamples: number;
  readonly talkSamples: number;
  readonly longestSilenceSamples: number;
}

export interface MoodLike {
  readonly mean: AffectLike;
  readonly baseline: AffectLike;
  readonly neutralSamples: number;
  readonly relative: AffectLike;
  readonly share: Readonly<Record<string, number>>;
  readonly quarters: { readonly opening: AffectLike; readonly closing: AffectLike } | null;
  readonly course: readonly (AffectLike & { readonly atSample: number })[];
  readonly turningPoints: readonly TurningPointLike[];
}

export interface ConversationLike {
  readonly overlapSamples: number;
  readonly silenceSamples: number;
  readonly longestSilenceSamples: number;
  readonly heardSamples: number;
  /** Per channel. */
  readonly turns: readonly number[];
  readonly interruptions: readonly number[];
}

export function toAffect({ arousal, valence }: AffectLike): Affect {
  return { arousal, valence };
}

export function toTurningPoint({ atSample, before, after }: TurningPointLike): TurningPointMessage {
  return { time: toSeconds(atSample), before: toAffect(before), after: toAffect(after) };
}

/** @param conversation what is known of the call, if both its channels were analysed */
export function toTalk(talk: TalkLike, channel: number, conversation?: ConversationLike): TalkMessage {
  const talkRatio = ratio(talk.talkSamples, talk.heardSamples);
  const message: TalkMessage = {
    talk_ratio: talkRatio,
    silence_ratio: talk.heardSamples > 0 ? 1 - talkRatio : 0,
    longest_silence_s: toSeconds(talk.longestSilenceSamples),
  };
  if (!conversation) return message;
  message.turns = conversation.turns[channel] ?? 0;
  message.interruptions = conversation.interruptions[channel] ?? 0;
  return message;
}

export function toMood(mood: MoodLike): MoodMessage {
  const { baseline, quarters } = mood;
  const message: MoodMessage = {
    ...toAffect(mood.mean),
    baseline: { ...toAffect(baseline), speech_s: toSeconds(mood.neutralSamples) },
    relative: toAffect(mood.relative),
    share: { ...mood.share },
    course: mood.course.map((point) => ({ time: toSeconds(point.atSample), ...toAffect(point) })),
    turning_points: mood.turningPoints.map(toTurningPoint),
  };
  if (!quarters) return message;
  message.opening = toAffect(quarters.opening);
  message.closing = toAffect(quarters.closing);
  return message;
}

export function toConversation(conversation: ConversationLike): ConversationMessage {
  const { overlapSamples, silenceSamples, longestSilenceSamples, heardSamples } = conversation;
  return {
    overlap_s: toSeconds(overlapSamples),
    overlap_ratio: ratio(overlapSamples, heardSamples),
    silence_ratio: ratio(silenceSamples, heardSamples),
    longest_silence_s: toSeconds(longestSilenceSamples),
  };
}

/** In [0, 1]; 0 where there is no whole. */
function ratio(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}
