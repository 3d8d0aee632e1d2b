/**
 * What the main thread and a recognition thread say to each other. Audio of all streams of a tick goes in one shared
 * buffer, as records in order: the stream's number and a length in bytes (two int32), then the bytes, filled up to a
 * multiple of four; length -1 stands for the next command of the list that goes with it. One message each way and tick:
 * 32 packets of 3200 bytes cost 20 microseconds there and back in a shared buffer, 22 in a transferred one, 53 cloned,
 * and 310 as a message each.
 */
import type { ChannelSummary, ErrorCode, InputShift, RecogniserEvent, StreamChange } from '@undertone/core';
import type { ModelFolder } from './model-folder.ts';
import type { RecogniserCheckpoint, RecogniserOptions } from './recogniser-handle.ts';

/** A shared buffer; a tick with more takes another. */
export const bufferBytes = 262_144;
export const buffersPerWorker = 4;
export const headerBytes = 8;

export interface WorkerData {
  readonly models: readonly ModelFolder[];
  readonly buffers: readonly SharedArrayBuffer[];
  /** Where the thread counts its native calls. */
  readonly calls: Int32Array;
  readonly maxBatch: number;
  /** Whether the models must give their golden outputs. */
  readonly testOutputs: boolean;
}

/** A position of a stream from which another thread can go on, with what was taken in to get there. */
export interface ResumePoint extends RecogniserCheckpoint {
  /** Bytes of the stream before it. */
  readonly bytes: number;
  /** Commands before it. */
  readonly commands: number;
  /** Position of the last checkpoint that was given to the client, in source samples. */
  readonly givenAtSample: number;
  /** Whether there was a final since that. */
  readonly hasFinal: boolean;
}

/** Where a stream starts that nothing is known of. */
export type StartPoint = Omit<ResumePoint, 'snapshot'> & { readonly snapshot: Uint8Array | null };

export interface OpenCommand {
  readonly type: 'open';
  /** Index of the model. */
  readonly model: number;
  readonly options: Omit<RecogniserOptions, 'restore'>;
  readonly start: StartPoint;
}

/** A command at its place between the bytes; `id` asks for an answer when all before it has been recognised. */
export type StreamCommand =
  | { readonly type: 'drain' | 'finalize' | 'finish'; readonly id: number }
  | { readonly type: 'skip'; readonly samples: number }
  | { readonly type: 'configure'; readonly change: StreamChange }
  /** Audio that could not be decoded has been heard of: what follows is to be taken in again, from this position on. */
  | { readonly type: 'resume'; readonly bytes: number };

export type WorkerCommand = OpenCommand | StreamCommand | { readonly type: 'close' };

export interface Tick {
  readonly type: 'tick';
  /** Index of the shared buffer. */
  readonly buffer: number;
  readonly usedBytes: number;
  readonly commands: readonly WorkerCommand[];
  /** How long the oldest of it has waited. */
  readonly waitedMs: number;
}

export type ToWorker = Tick | { readonly type: 'stop' };

export type StreamReport =
  | { readonly type: 'events'; readonly stream: number; readonly events: RecogniserEvent[] }
  | {
      readonly type: 'checkpoint';
      readonly stream: number;
      readonly point: ResumePoint;
      /** Whether it is for the client, too. */
      readonly isGiven: boolean;
    }
  | {
      readonly type: 'settled';
      readonly stream: number;
      readonly id: number;
      readonly summaries?: readonly ChannelSummary[];
      readonly inputShifts?: readonly InputShift[];
    }
  /** Nothing from `bytes` on was taken in, until `resume` comes. */
  | { readonly type: 'badAudio'; readonly stream: number; readonly message: string; readonly bytes: number }
  | {
      readonly type: 'error';
      readonly stream: number;
      readonly code: ErrorCode;
      readonly message: string;
    };

export interface BatchReport {
  readonly model: number;
  readonly batch: number;
  readonly seconds: number;
  readonly queueSeconds: number;
}

export interface Answer {
  readonly type: 'answer';
  /** Shared buffers that are free again. */
  readonly freed: readonly number[];
  /** Stream, bytes taken in, frames that wait: three numbers for each stream that went on. */
  readonly progress: Float64Array;
  readonly reports: readonly StreamReport[];
  readonly batches: readonly BatchReport[];
  /** Whether there is work left. */
  readonly busy: boolean;
}

export type FromWorker =
  | { readonly type: 'ready'; readonly stepFrames: readonly number[] }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }
  | Answer;
