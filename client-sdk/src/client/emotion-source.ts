/** What goes into a stream and what comes out of it, wherever it is recognised: audio, and messages of the protocol. */
import type { UndertoneError } from '@undertone/core';
import type {
  AlertMessage,
  BeginMessage,
  ConfiguredMessage,
  Consent,
  EmotionMessage,
  Encoding,
  Envelope,
  GapMessage,
  Purpose,
  Role,
  ServerMessage,
  SpeechEndedMessage,
  SpeechStartedMessage,
  SummaryMessage,
  TrendMessage,
  WarningMessage,
} from '@undertone/proto';

/** Bytes in the declared encoding, or samples: `Float32Array` in [-1, 1], `Int16Array`; interleaved by channel. */
export type AudioChunk = Uint8Array | Int16Array | Float32Array;

export type Begin = BeginMessage & Envelope;
export type SpeechStarted = SpeechStartedMessage & Envelope;
export type SpeechEnded = SpeechEndedMessage & Envelope;
export type Emotion = EmotionMessage & Envelope;
export type Trend = TrendMessage & Envelope;
export type Alert = AlertMessage & Envelope;
export type Gap = GapMessage & Envelope;
export type Warning = WarningMessage & Envelope;
export type Configured = ConfiguredMessage & Envelope;
export type Summary = SummaryMessage & Envelope;

export interface EmotionSourceOptions {
  /** Default linear16, little-endian. */
  readonly encoding?: Encoding;
  /** 8000 to 48000. Default 16000, and 8000 for mulaw and alaw. */
  readonly sampleRateHz?: number;
  /** 1 or 2. Default 1. */
  readonly channels?: number;
  /** One per channel. Default unknown for one channel, customer and agent for two. */
  readonly channelRoles?: readonly Role[];
  /** Roles to recognise. Default customer, and unknown for one channel. */
  readonly analyze?: readonly Role[];
  /** Audio between interim results, 250 to 10000. Default 1000. */
  readonly intervalMs?: number;
  /** Newest part of a segment that an interim result covers, 1000 to 30000. Default 5000. */
  readonly windowMs?: number;
  /** Pause that ends a segment, 100 to 5000. Default 500. */
  readonly endpointingMs?: number;
  /** Default true. */
  readonly interimResults?: boolean;
  /** `SpeechStarted` and `SpeechEnded`. Default true. */
  readonly vadEvents?: boolean;
  /** The score of every class in each result. Default true. */
  readonly labels?: boolean;
  /** Arousal and valence in each result. Default true. */
  readonly dimensions?: boolean;
  /** Audio between `Trend` messages of a channel, 1000 to 60000; 0 for none. Default 0. */
  readonly trendIntervalMs?: number;
  /** What the people who are heard have said to being analysed; while it is `pending`, audio is dropped unheard. */
  readonly consent?: Consent;
  /** Needed to have an agent analysed, by a server that allows it. */
  readonly purpose?: Purpose;
  /** Echoed in `Begin`. */
  readonly tag?: string;
  /** Echoed in `Begin`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Ends the stream at once with the error `aborted`; its `cause` is the signal's reason. */
  readonly signal?: AbortSignal;
  /** Messages that wait for the iterator, at most. Default 1024. */
  readonly maxQueuedMessages?: number;
}

/** Events and what their listeners get. */
export interface EmotionEvents {
  /** Every message, in order; the named events below follow it. */
  readonly message: [message: ServerMessage];
  readonly begin: [message: Begin];
  readonly speechStarted: [message: SpeechStarted];
  readonly speechEnded: [message: SpeechEnded];
  /** Interim and final results. */
  readonly emotion: [message: Emotion];
  readonly trend: [message: Trend];
  /** Of a server that gives alerts; opened and cleared. */
  readonly alert: [message: Alert];
  /** Audio that was not analysed, when it is over. */
  readonly gap: [message: Gap];
  readonly configured: [message: Configured];
  readonly warning: [message: Warning];
  readonly summary: [message: Summary];
  /** In the mode `auto`: the server could not be reached, this device recognises from here on. Before `begin`. */
  readonly fallback: [error: UndertoneError];
  /** The connection was lost, and is being restored for the given time (from 1). */
  readonly reconnecting: [error: UndertoneError, attempt: number];
  /** The stream goes on; the server had the audio before this sample already. */
  readonly reconnected: [fromSample: number];
  /** A fatal error ends the stream; after another one it goes on. */
  readonly error: [error: UndertoneError, fatal: boolean];
  /** Nothing follows. */
  readonly close: [];
}
