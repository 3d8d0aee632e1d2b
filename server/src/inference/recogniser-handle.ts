/**
 * What a session knows of the recogniser of its stream, wherever that runs. Calls are taken in order and return at once;
 * what comes of them is reported by the callbacks.
 */
import type {
  ChannelSummary,
  RecogniserEvent,
  StreamRecogniserOptions,
  UndertoneError,
} from '@undertone/core';

/** Audio format and reporting of one stream. */
export type RecogniserOptions = Omit<StreamRecogniserOptions, 'onEvents' | 'onError'>;

export interface RecogniserCallbacks {
  /** Events in the order of their channel's audio. */
  onEvents(events: readonly RecogniserEvent[]): void;
  /** Audio could not be decoded: it was dropped together with all audio that waited, and the stream goes on without. */
  onBadAudio(error: UndertoneError, droppedBytes: number): void;
  /** The stream is over. Called once at most. */
  onError(error: UndertoneError): void;
}

export interface RecogniserHandle {
  /** Samples per channel accepted so far, on the stream's 16 kHz clock. */
  readonly receivedSamples: number;
  /** Bytes of an incomplete sample that wait for their rest. */
  readonly remainderBytes: number;
  /** Audio accepted and not yet recognised, in milliseconds of one channel. */
  readonly pendingMs: number;
  /** Takes audio bytes, split anywhere; copies what it keeps. */
  accept(bytes: Uint8Array): void;
  /** Resolves when all audio accepted so far has been recognised and its events delivered; rejects if it never will. */
  drained(): Promise<void>;
  /** Ends open segments at this point of the audio with a final result. */
  finalize(): Promise<void>;
  /** Ends the audio; resolves with the summary of every analysed channel, after all events. */
  finish(): Promise<readonly ChannelSummary[]>;
  /** Drops everything that waits. Idempotent. */
  close(): void;
}
