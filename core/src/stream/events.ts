/**
 * What a recogniser reports about one channel. Times are sample indices at 16 kHz on the stream's own clock;
 * seconds appear only in protocol messages.
 */
import type { SentimentLabel } from '../model/manifest.ts';
import type { Affect } from '../sentiment/affect.ts';
import type { MoodSummary } from '../sentiment/channel-mood.ts';
import type { ConversationSummary } from '../sentiment/conversation.ts';
import type { TurningPoint } from '../sentiment/turning-points.ts';

export type AbstainReason = 'no_speech' | 'low_confidence';

/** The judgement over one span of audio. */
export interface Judgement {
  /** Null when the recogniser abstains. */
  readonly label: string | null;
  readonly abstain?: AbstainReason;
  /** Calibrated probability of the best class. */
  readonly confidence: number;
  /** Calibrated probability of every class, in manifest order; sums to 1. */
  readonly scores: Readonly<Record<string, number>>;
  readonly sentiment: {
    readonly label: SentimentLabel;
    readonly scores: Readonly<Record<SentimentLabel, number>>;
  };
  readonly dimensions: { readonly valence: number; readonly arousal: number };
}

interface ChannelEvent {
  readonly channel: number;
  /** Counts the events of this channel from 0. Follows from audio and settings alone, whatever the packets. */
  readonly ordinal: number;
}

export interface SpeechStartedEvent extends ChannelEvent {
  readonly type: 'SpeechStarted';
  readonly atSample: number;
}

export interface SpeechEndedEvent extends ChannelEvent {
  readonly type: 'SpeechEnded';
  readonly atSample: number;
}

export interface EmotionEvent extends ChannelEvent, Judgement {
  readonly type: 'Emotion';
  /** Counts segments of this channel from 0. */
  readonly segment: number;
  /** Counts results of this segment from 0; the final one has the highest. */
  readonly revision: number;
  readonly startSample: number;
  readonly endSample: number;
  readonly isFinal: boolean;
  /** True on a final that `Finalize` asked for. */
  readonly fromFinalize: boolean;
  /** Share of the segment, from its start to `endSample`, that the speech head calls speech, in [0, 1]. */
  readonly speechRatio: number;
}

/** Weighted mean, and slope a second by weighted least squares. */
export interface TrendLine {
  readonly mean: number;
  readonly slope: number;
}

/** How the mood moved over the last `windowMs`. Comes only where something was said in that time. */
export interface TrendEvent extends ChannelEvent {
  readonly type: 'Trend';
  readonly atSample: number;
  readonly windowMs: number;
  readonly valence: TrendLine;
  readonly arousal: TrendLine;
  /** Share of each label in the speech that has one; empty if none has. */
  readonly share: Readonly<Record<string, number>>;
  /** Means of the window less the baseline of this voice, as far as final results have told it. */
  readonly relative: Affect;
  /** The newest of the stream, if any was found. */
  readonly turningPoint?: TurningPoint;
}

export type RecogniserEvent = SpeechStartedEvent | SpeechEndedEvent | EmotionEvent | TrendEvent;

/** The whole channel, from its first sample to its last. */
export interface ChannelSummary extends Judgement {
  readonly channel: number;
  readonly audioSamples: number;
  readonly speechSamples: number;
  readonly segments: number;
  /** Share of each label in the time of the final segments that have one; empty if none has. */
  readonly share: Readonly<Record<string, number>>;
  readonly talk: TalkSummary;
  /** Absent where no final result had enough speech. */
  readonly mood?: MoodSummary;
  /** Of the whole call, the same for both of its channels; absent unless both were analysed. */
  readonly conversation?: ConversationSummary;
}

/** Lost audio does not count. */
export interface TalkSummary {
  readonly heardSamples: number;
  /** Within segments, with their short pauses. */
  readonly talkSamples: number;
  readonly longestSilenceSamples: number;
}
