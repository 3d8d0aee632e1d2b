/**
 * What passes between the page and the worker. Every request has a number and gets one answer, `done` or `failed`; events
 * of a stream come in order, before the answer to the request that caused them.
 */
import type { ErrorCode, Manifest } from '@undertone/core';
import type { ClientMessage, ServerMessage, StreamQuery } from '@undertone/proto';
import type { AdaptProgress } from '../adaptation/adapt-model.ts';
import type { LabelledClip } from '../adaptation/labelled-clip.ts';

/** What the worker loads, as URLs of the page's origin. */
export interface LocalAssets {
  /** ONNX Runtime. */
  readonly wasmUrl: string;
  /** One file with everything where the model is one that ships, else a folder; ends with `/` then. */
  readonly modelUrl: string;
  /** The model's name in the list of those that ship, or null. */
  readonly shipped: string | null;
}

export type WorkerRequest =
  | { readonly type: 'load'; readonly assets: LocalAssets }
  | {
      readonly type: 'open';
      readonly stream: number;
      readonly query: StreamQuery;
      /** As `Adaptation.toBytes` gives it. */
      readonly adaptation?: Uint8Array;
    }
  | { readonly type: 'adapt'; readonly clips: readonly LabelledClip[] }
  | { readonly type: 'audio'; readonly stream: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'message'; readonly stream: number; readonly message: ClientMessage };

export type ToWorker =
  | (WorkerRequest & { readonly id: number })
  /** Nothing more of this stream is wanted. Not answered. */
  | { readonly type: 'terminate'; readonly stream: number }
  /** The adaptation of this number is not wanted any more: it fails with `aborted`. */
  | { readonly type: 'cancel'; readonly id: number };

/** An `UndertoneError` on its way: errors lose their class between threads. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface WorkerAnswer {
  readonly manifest?: Manifest;
  readonly adaptation?: Uint8Array;
}

export type FromWorker =
  /** First message. */
  | { readonly type: 'ready' }
  /** Bytes of an asset came: whoever waits for it may go on waiting. */
  | { readonly type: 'progress' }
  | { readonly type: 'adapting'; readonly id: number; readonly progress: AdaptProgress }
  /** The answer to `load` has the manifest, that to `adapt` the adaptation as bytes. */
  | ({ readonly type: 'done'; readonly id: number } & WorkerAnswer)
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorData }
  | { readonly type: 'event'; readonly stream: number; readonly message: ServerMessage }
  | { readonly type: 'end'; readonly stream: number; readonly error: ErrorData | null }
  /** The worker found a defect of its own and cannot be used any more. */
  | { readonly type: 'crashed'; readonly error: ErrorData };
