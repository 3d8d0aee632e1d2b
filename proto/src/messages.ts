/** The messages of the protocol `undertone.v1`. Field names are those on the wire; times are seconds of audio. */
export type Role = 'customer' | 'agent' | 'unknown';
export type Encoding = 'linear16' | 'float32' | 'mulaw' | 'alaw';
export type Sentiment = 'negative' | 'neutral' | 'positive';

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
  tag?: string;
  metadata?: Record<string, string>;
}

export type ClientMessage = { type: 'KeepAlive' } | { type: 'Finalize' } | { type: 'CloseStream' };

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
}

export interface SpeechStartedMessage {
  type: 'SpeechStarted';
  channel: number;
  time: number;
}

export interface SpeechEndedMessage {
  type: 'SpeechEnded';
  channel: number;
  time: number;
}

export interface EmotionMessage extends Partial<Pick<Judged, 'scores' | 'dimensions'>> {
  type: 'Emotion';
  /** `session:channel:segment:revision`, deterministic for a given session. */
  id: string;
  channel: number;
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

export interface ChannelSummaryMessage extends Judged {
  channel: number;
  role: Role;
  audio_s: number;
  speech_s: number;
  segments: number;
  /** Share of each label in the time of the final segments that have one; empty if none has. */
  share: Record<string, number>;
}

export interface SummaryMessage {
  type: 'Summary';
  audio_s: number;
  speech_s: number[];
  per_channel: ChannelSummaryMessage[];
  dropped_s: number;
  reason: 'client_close' | 'going_away' | 'session_limit' | 'idle_timeout' | 'error';
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
  | SummaryMessage
  | ErrorMessage;

export type ServerMessage = ServerMessageBody & Envelope;
