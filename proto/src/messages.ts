/** The messages of the protocol `undertone.v1`. Field names are those on the wire; times are seconds of audio. */
export type Role = 'customer' | 'agent' | 'unknown';
export type Encoding = 'linear16' | 'float32' | 'mulaw' | 'alaw';
export type Sentiment = 'negative' | 'neutral' | 'positive';
/** What the people who are heard have said to being analysed. */
export type Consent = 'given' | 'pending' | 'denied';
/** Why an agent may be analysed. */
export type Purpose = 'medical' | 'safety' | 'personal_training';

/** The effective configuration of a stream, echoed in `Begin`. */
export interface StreamConfig {
  encoding: Encoding;
  sample_rate: number;
  channels: number;
  channel_roles: Role[];
  analyze: Role[];
  model: string;
  interval_ms: number;
  window_ms: number;
  endpointing_ms: number;
  interim_results: boolean;
  vad_events: boolean;
  labels: boolean;
  dimensions: boolean;
  /** 0 for no Trend messages. */
  trend_interval_ms: number;
  /** Absent when the client has not said and does not have to. */
  consent?: Consent;
  purpose?: Purpose;
  checkpoints: boolean;
  ack: boolean;
  /** Absent when no `Alert` comes. */
  alerts?: boolean;
  tag?: string;
  metadata?: Record<string, string>;
}

/** Fields left out stay as they are. */
export interface ConfigureMessage
  extends Partial<
    Pick<
      StreamConfig,
      | 'interval_ms'
      | 'window_ms'
      | 'endpointing_ms'
      | 'interim_results'
      | 'vad_events'
      | 'labels'
      | 'dimensions'
      | 'analyze'
      | 'trend_interval_ms'
      | 'consent'
    >
  > {
  type: 'Configure';
}

/** Audio was lost on its way to the server: `duration` in seconds, or `samples` per channel at the stream's rate. */
export type GapNotice = { type: 'Gap'; duration: number } | { type: 'Gap'; samples: number };

export interface AckMessage {
  type: 'Ack';
  /** Of a final; all finals sent before it are acknowledged too. */
  id: string;
}

/** First message of a connection that continues a stream. */
export interface RestoreMessage {
  type: 'Restore';
  /** From a `Checkpoint`, base64url. */
  checkpoint: string;
  /** Per channel, one more than the highest ordinal received; those events are not sent again. */
  ordinals: number[];
}

export type ClientMessage =
  | { type: 'KeepAlive' }
  | { type: 'Finalize' }
  | { type: 'CloseStream' }
  | { type: 'Pause' }
  | { type: 'Resume' }
  | ConfigureMessage
  | GapNotice
  | AckMessage
  | RestoreMessage;

/** Every server message carries the session and a gap-free sequence number from 0. */
export interface Envelope {
  session_id: string;
  seq: number;
}

export interface Judged {
  /** Null when the recogniser abstains. */
  label: string | null;
  abstain?: 'no_speech' | 'low_confidence';
  confidence: number;
  scores: Record<string, number>;
  sentiment: { label: Sentiment; scores: Record<Sentiment, number> };
  dimensions: { arousal: number; valence: number };
}

export interface BeginMessage {
  type: 'Begin';
  protocol: 'undertone.v1';
  model: { name: string; version: string; labels: string[]; dimensions: string[] };
  config: StreamConfig;
  limits: { max_frame_bytes: number; idle_timeout_ms: number; max_session_s: number };
  notice: string;
  /** The stream continues from a checkpoint. */
  resumed?: boolean;
  /** With `resumed`: the sample per channel from which on the client has to send its audio again. */
  sample?: number;
  /** Trace id of the `traceparent` that the client sent. */
  trace_id?: string;
}

export interface SpeechStartedMessage {
  type: 'SpeechStarted';
  channel: number;
  /** Counts the events of its channel from 0; the same on every server and however often it is delivered. */
  ordinal: number;
  time: number;
}

export interface SpeechEndedMessage {
  type: 'SpeechEnded';
  channel: number;
  ordinal: number;
  time: number;
}

export interface EmotionMessage extends Partial<Pick<Judged, 'scores' | 'dimensions'>> {
  type: 'Emotion';
  /** `session:channel:segment:revision`, deterministic for a given session. */
  id: string;
  channel: number;
  ordinal: number;
  role: Role;
  segment: number;
  revision: number;
  start: number;
  end: number;
  is_final: boolean;
  from_finalize?: boolean;
  label: string | null;
  abstain?: 'no_speech' | 'low_confidence';
  confidence: number;
  sentiment: Judged['sentiment'];
  speech_ratio: number;
  /** Server time from the last sample the result needs being received to the message being written. */
  latency_ms?: number;
}

export interface TrendLine {
  mean: number;
  /** Change per second. */
  slope: number;
}

/** How a channel has been going over the last `window_s` seconds. */
export interface TrendMessage {
  type: 'Trend';
  channel: number;
  ordinal: number;
  time: number;
  window_s: number;
  valence: TrendLine;
  arousal: TrendLine;
  share: Record<string, number>;
  /** Means less the baseline of this voice. */
  relative?: Affect;
  /** The newest of the stream. */
  turning_point?: TurningPointMessage;
}

export interface Affect {
  arousal: number;
  valence: number;
}

/** Where the valence of a voice turned: means since the turning point before and until the next one. */
export interface TurningPointMessage {
  time: number;
  before: Affect;
  after: Affect;
}

/** What a rule of the server is about has begun, or is over. Comes before the result that it follows from. */
export interface AlertMessage {
  type: 'Alert';
  /** `session:rule:channel:n`, deterministic; the same when it opens and when it clears. */
  id: string;
  channel: number;
  role: Role;
  rule: string;
  level: 'info' | 'warn' | 'critical';
  state: 'opened' | 'cleared';
  /** Where the speech began that opened it. */
  since: number;
  time: number;
  /** Mean over the speech of late, or size of a drop. */
  score: number;
  /** Seconds of speech that the score rests on. */
  speech_s: number;
}

/** Audio that was not analysed, on all channels. */
export interface GapMessage {
  type: 'Gap';
  start: number;
  duration: number;
  reason: 'client' | 'paused' | 'consent';
}

export interface WarningMessage {
  type: 'Warning';
  code: 'slow_client' | 'behind' | 'low_quality' | 'clock_drift' | 'draining';
  message: string;
}

/** Answers `Configure`. */
export interface ConfiguredMessage {
  type: 'Configured';
  config: StreamConfig;
}

/** All that another server needs to continue the stream from `sample` on, sealed. */
export interface CheckpointMessage {
  type: 'Checkpoint';
  time: number;
  /** Samples per channel at the stream's rate. */
  sample: number;
  /** base64url */
  checkpoint: string;
}

export interface ChannelSummaryMessage extends Judged {
  channel: number;
  role: Role;
  audio_s: number;
  speech_s: number;
  segments: number;
  /** Share of each label in the time of the final segments that have one; empty if none has. */
  share: Record<string, number>;
  talk?: TalkMessage;
  /** Absent where no final result had enough speech. */
  mood?: MoodMessage;
}

/** Of one channel; lost audio does not count. */
export interface TalkMessage {
  /** Share of the audio in segments; the rest is silence. */
  talk_ratio: number;
  silence_ratio: number;
  longest_silence_s: number;
  /** How often this channel took the floor; where both were analysed. */
  turns?: number;
  /** How often of these the other one was speaking. */
  interruptions?: number;
}

/** Of one channel, over its final results, weighted by speech. */
export interface MoodMessage extends Affect {
  /** Of this voice when it is neutral, from so much neutral speech. */
  baseline: Affect & { speech_s: number };
  /** Means less the baseline. */
  relative: Affect;
  /** Mean probability of each class. */
  share: Record<string, number>;
  /** First and last quarter of the speech, from 8 s of speech on. */
  opening?: Affect;
  closing?: Affect;
  /** At most 16 parts, of as much speech each but the last. */
  course: (Affect & { time: number })[];
  /** At most 8. */
  turning_points: TurningPointMessage[];
}

/** How two channels share a call. */
export interface ConversationMessage {
  /** Both speak. */
  overlap_s: number;
  overlap_ratio: number;
  /** Nobody speaks. */
  silence_ratio: number;
  longest_silence_s: number;
}

export interface SummaryMessage {
  type: 'Summary';
  audio_s: number;
  speech_s: number[];
  per_channel: ChannelSummaryMessage[];
  dropped_s: number;
  reason: 'client_close' | 'going_away' | 'session_limit' | 'idle_timeout' | 'error';
  /** Where both channels were analysed. */
  conversation?: ConversationMessage;
}

export interface ErrorMessage {
  type: 'Error';
  code: string;
  message: string;
  fatal: boolean;
  retry_after_ms?: number;
}

export type ServerMessageBody =
  | BeginMessage
  | SpeechStartedMessage
  | SpeechEndedMessage
  | EmotionMessage
  | TrendMessage
  | AlertMessage
  | GapMessage
  | WarningMessage
  | ConfiguredMessage
  | CheckpointMessage
  | SummaryMessage
  | ErrorMessage;

export type ServerMessage = ServerMessageBody & Envelope;
