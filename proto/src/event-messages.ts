/**
 * From what a recogniser reports (samples at 16 kHz) to what goes over the wire (seconds), for the server and for the
 * local recogniser alike. The input types are structural: this package imports nothing.
 */
import type {
  AlertMessage,
  BeginMessage,
  ChannelSummaryMessage,
  EmotionMessage,
  Judged,
  Role,
  Sentiment,
  SpeechEndedMessage,
  SpeechStartedMessage,
  StreamConfig,
  TrendLine,
  TrendMessage,
} from './messages.ts';
import {
  type ConversationLike,
  type MoodLike,
  type TalkLike,
  type TurningPointLike,
  toAffect,
  toMood,
  toTalk,
  toTurningPoint,
} from './mood-messages.ts';
import { toSeconds } from './to-seconds.ts';

export interface JudgementLike {
  readonly label: string | null;
  readonly abstain?: 'no_speech' | 'low_confidence';
  readonly confidence: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly sentiment: { readonly label: Sentiment; readonly scores: Readonly<Record<Sentiment, number>> };
  readonly dimensions: { readonly valence: number; readonly arousal: number };
}

export interface SpeechEventLike {
  readonly type: 'SpeechStarted' | 'SpeechEnded';
  readonly channel: number;
  readonly ordinal: number;
  readonly atSample: number;
}

export interface TrendEventLike {
  readonly type: 'Trend';
  readonly channel: number;
  readonly ordinal: number;
  readonly atSample: number;
  readonly windowMs: number;
  readonly valence: Readonly<TrendLine>;
  readonly arousal: Readonly<TrendLine>;
  readonly share: Readonly<Record<string, number>>;
  readonly relative?: { readonly valence: number; readonly arousal: number };
  readonly turningPoint?: TurningPointLike;
}

export interface EmotionEventLike extends JudgementLike {
  readonly type: 'Emotion';
  readonly channel: number;
  readonly ordinal: number;
  readonly segment: number;
  readonly revision: number;
  readonly startSample: number;
  readonly endSample: number;
  readonly isFinal: boolean;
  readonly fromFinalize: boolean;
  readonly speechRatio: number;
}

export interface AlertEventLike {
  readonly channel: number;
  readonly rule: string;
  readonly level: AlertMessage['level'];
  readonly number: number;
  readonly state: AlertMessage['state'];
  readonly sinceSample: number;
  readonly atSample: number;
  readonly score: number;
  readonly speechSamples: number;
}

export interface ChannelSummaryLike extends JudgementLike {
  readonly channel: number;
  readonly audioSamples: number;
  readonly speechSamples: number;
  readonly segments: number;
  readonly share: Readonly<Record<string, number>>;
  readonly talk?: TalkLike;
  readonly mood?: MoodLike;
  /** The same for both channels. */
  readonly conversation?: ConversationLike;
}

export interface ModelLike {
  readonly name: string;
  readonly version: string;
  readonly labels: readonly string[];
}

export interface EventContext {
  readonly sessionId: string;
  readonly config: Pick<StreamConfig, 'channel_roles' | 'labels' | 'dimensions' | 'vad_events'>;
  /** For a server: from the last sample needed being received to now. */
  readonly latencyMs?: number;
}

export type EventMessage = SpeechStartedMessage | SpeechEndedMessage | EmotionMessage | TrendMessage;

/** What a recogniser reports. */
export type EventLike = SpeechEventLike | EmotionEventLike | TrendEventLike;

/** The message for an event, still without its envelope; null when the client did not ask for events of its kind. */
export function toEventMessage(event: EventLike, context: EventContext): EventMessage | null {
  if (event.type === 'Emotion') return emotionMessage(event, context);
  if (event.type === 'Trend') return trendMessage(event);
  const { channel, ordinal } = event;
  const time = toSeconds(event.atSample);
  return context.config.vad_events ? { type: event.type, channel, ordinal, time } : null;
}

export function toAlertMessage(alert: AlertEventLike, sessionId: string, role: Role): AlertMessage {
  const { channel, rule, level, number, state } = alert;
  return {
    type: 'Alert',
    id: `${sessionId}:${rule}:${channel}:${number}`,
    channel,
    role,
    rule,
    level,
    state,
    since: toSeconds(alert.sinceSample),
    time: toSeconds(alert.atSample),
    score: alert.score,
    speech_s: toSeconds(alert.speechSamples),
  };
}

export function toChannelSummary(summary: ChannelSummaryLike, role: Role): ChannelSummaryMessage {
  const { channel, talk, mood, conversation } = summary;
  return {
    channel,
    role,
    audio_s: toSeconds(summary.audioSamples),
    speech_s: toSeconds(summary.speechSamples),
    segments: summary.segments,
    share: { ...summary.share },
    ...judged(summary),
    ...(talk ? { talk: toTalk(talk, channel, conversation) } : {}),
    ...(mood ? { mood: toMood(mood) } : {}),
  };
}

export function toBeginMessage(
  model: ModelLike,
  config: StreamConfig,
  limits: BeginMessage['limits'],
): BeginMessage {
  return {
    type: 'Begin',
    protocol: 'undertone.v1',
    model: {
      name: model.name,
      version: model.version,
      labels: [...model.labels],
      dimensions: ['arousal', 'valence'],
    },
    config,
    limits,
    notice: 'Emotion analysis is active: tell the people who are heard.',
  };
}

function trendMessage(event: TrendEventLike): TrendMessage {
  const { valence, arousal, relative, turningPoint } = event;
  const message: TrendMessage = {
    type: 'Trend',
    channel: event.channel,
    ordinal: event.ordinal,
    time: toSeconds(event.atSample),
    window_s: event.windowMs / 1000,
    valence: { mean: valence.mean, slope: valence.slope },
    arousal: { mean: arousal.mean, slope: arousal.slope },
    share: { ...event.share },
  };
  if (relative) message.relative = toAffect(relative);
  if (turningPoint) message.turning_point = toTurningPoint(turningPoint);
  return message;
}

/** Property by property: V8 makes a hidden class for each single object that has properties after a spread. */
function emotionMessage(event: EmotionEventLike, context: EventContext): EmotionMessage {
  const { config, sessionId, latencyMs } = context;
  const { label, abstain, confidence, scores, sentiment, dimensions } = judged(event);
  const message: Partial<EmotionMessage> = {
    type: 'Emotion',
    id: `${sessionId}:${event.channel}:${event.segment}:${event.revision}`,
    channel: event.channel,
    ordinal: event.ordinal,
    role: config.channel_roles[event.channel] ?? 'unknown',
    segment: event.segment,
    revision: event.revision,
    start: toSeconds(event.startSample),
    end: toSeconds(event.endSample),
    is_final: event.isFinal,
  };
  if (event.fromFinalize) message.from_finalize = true;
  message.label = label;
  if (abstain) message.abstain = abstain;
  message.confidence = confidence;
  message.sentiment = sentiment;
  if (config.labels) message.scores = scores;
  if (config.dimensions) message.dimensions = dimensions;
  message.speech_ratio = event.speechRatio;
  if (latencyMs !== undefined) message.latency_ms = Math.round(latencyMs * 10) / 10;
  return message as EmotionMessage;
}

function judged({
  label,
  abstain,
  confidence,
  scores,
  sentiment,
  dimensions: { arousal, valence },
}: JudgementLike): Judged {
  const rest = {
    confidence,
    scores: { ...scores },
    sentiment: { label: sentiment.label, scores: { ...sentiment.scores } },
    dimensions: { arousal, valence },
  };
  return abstain ? { label, abstain, ...rest } : { label, ...rest };
}
