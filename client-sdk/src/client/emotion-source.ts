/**
 * What a program sees of Undertone, whether the recogniser runs on a server (`EmotionStream`) or in this process
 * (`LocalRecognizer`): audio goes in, messages of the protocol come out.
 */
import type { UndertoneError } from '@undertone/core';
import type {
  BeginMessage,
  EmotionMessage,
  Encoding,
  Envelope,
  Role,
  ServerMessage,
  SpeechEndedMessage,
  SpeechStartedMessage,
  SummaryMessage,
} from '@undertone/proto';

/** Bytes in the declared encoding, or samples: `Float32Array` in [-1, 1], `Int16Array`; interleaved by channel. */
export type AudioChunk = Uint8Array | Int16Array | Float32Array;

export type Begin = BeginMessage & Envelope;
export type SpeechStarted = SpeechStartedMessage & Envelope;
export type SpeechEnded = SpeechEndedMessage & Envelope;
export type Emotion = EmotionMessage & Envelope;
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
  readonly summary: [message: Summary];
  /** The connection was lost, and is being restored for the given time (from 1); `write` waits. */
  readonly reconnecting: [error: UndertoneError, attempt: number];
  /** The stream goes on; the server had the audio before this sample already. */
  readonly reconnected: [fromSample: number];
  /** A fatal error ends the stream; after another one it goes on. */
  readonly error: [error: UndertoneError, fatal: boolean];
  /** Nothing follows. */
  readonly close: [];
}

/**
 * One stream. Iterating gives all messages; a slow reader misses interim results that newer ones have replaced, and
 * gets the error `slow_client` when more than `maxQueuedMessages` others wait. Leaving the loop does not end the stream.
 */
export interface EmotionSource extends AsyncIterable<ServerMessage> {
  /** The first message. Rejects with what kept the stream from opening. */
  readonly opened: Promise<Begin>;
  /**
   * Takes audio, cut anywhere. Resolves when there is room for more, so await it; leave the chunk unchanged until
   * then. Rejects with `overloaded` when more than 16 MiB wait, and when the stream is over; the latter is told by
   * the events too and brings no program down that does not look at the promise.
   */
  write(audio: AudioChunk): Promise<void>;
  /** Tells that silence is intended: resets the server's idle timer. */
  keepAlive(): void;
  /** Asks for the final result of open segments, after what was written. */
  finalize(): Promise<void>;
  /** Ends the audio; resolves with the summary, after all results. Idempotent. */
  close(): Promise<Summary>;
  /** Returns a function that takes the listener off again. */
  on<Name extends keyof EmotionEvents>(
    name: Name,
    listener: (...values: EmotionEvents[Name]) => void,
  ): () => void;
}
