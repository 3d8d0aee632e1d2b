/**
 * What a session knows of the recogniser of its stream, wherever that runs. Calls are taken in order and return at once;
 * what comes of them is reported by the callbacks.
 */
import type {
  ChannelSummary,
  InputShift,
  RecogniserEvent,
  StreamChange,
  StreamRecogniserOptions,
  UndertoneError,
} from '@undertone/core';

/** A stream at one of its samples: given to a new recogniser, it goes on from there with the same events. */
export interface RecogniserCheckpoint {
  /** As `StreamRecogniser.snapshot` gives it. */
  readonly snapshot: Uint8Array;
  /** Whole samples per channel of the source before it, with those that were skipped. */
  readonly acceptedSamples: number;
  /** Events before it, by channel. */
  readonly ordinals: readonly number[];
}

/** Audio format and reporting of one stream. */
export interface RecogniserOptions
  extends Omit<StreamRecogniserOptions, 'onEvents' | 'onError' | 'snapshot'> {
  /** Where the stream goes on. */
  readonly restore?: RecogniserCheckpoint;
  /**
   * Longest audio between two calls of `onCheckpoint`, which comes within half a second of audio after each final, too.
   * Where they are follows from the audio alone. Without it there are none.
   */
  readonly checkpointMs?: number;
}

export interface RecogniserCallbacks {
  /** Events in the order of their channel's audio. */
  onEvents(events: readonly RecogniserEvent[]): void;
  /** After the events that the checkpoint includes. */
  onCheckpoint?(checkpoint: RecogniserCheckpoint): void;
  /** At the end of the stream, before its summaries: for each channel with speech. */
  onInputShifts?(shifts: readonly InputShift[]): void;
  /** Audio could not be decoded: it was dropped together with all audio that waited, and the stream goes on without. */
  onBadAudio(error: UndertoneError, droppedBytes: number): void;
  /** The stream is over. Called once at most. */
  onError(error: UndertoneError): void;
}

export interface RecogniserHandle {
  /** Samples per channel accepted or skipped so far, on the stream's 16 kHz clock. */
  readonly receivedSamples: number;
  /** Bytes of an incomplete sample that wait for their rest. */
  readonly remainderBytes: number;
  /** Audio accepted and not yet recognised, in milliseconds of one channel. */
  readonly pendingMs: number;
  /** Takes audio bytes, split anywhere; copies what it keeps. */
  accept(bytes: Uint8Array): void;
  /** Audio of so many samples per channel of the source is missing here: see `StreamRecogniser.skip`. */
  skip(sourceSamples: number): void;
  /** Changes settings from the next sample on: see `StreamRecogniser.configure`. */
  configure(change: StreamChange): void;
  /** Resolves when all audio accepted so far has been recognised and its events delivered; rejects if it never will. */
  drained(): Promise<void>;
  /** Ends open segments at this point of the audio with a final result. */
  finalize(): Promise<void>;
  /** Ends the audio; resolves with the summary of every analysed channel, after all events. */
  finish(): Promise<readonly ChannelSummary[]>;
  /** Drops everything that waits. Idempotent. */
  close(): void;
}
