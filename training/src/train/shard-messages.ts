/** What the trainer and the thread of a shard say to each other. */
import type { ErrorCode } from '@undertone/core';
import type { CnnShardPlan } from '../families/cnn/cnn-shard.ts';
import type { BatchSourceSpec } from './batch.ts';
import type { LossScales, ShardLosses, ShardPlan, ShardWeights } from './shard-evaluator.ts';

export interface ShardWorkerData {
  /** Of the streaming model, or of the network over windows. */
  readonly plan: ShardPlan | CnnShardPlan;
  readonly source: BatchSourceSpec;
  /** `[P]` float32, written by the trainer between evaluations. */
  readonly parameters: SharedArrayBuffer;
  /** `[P]` float32, written by the shard. */
  readonly gradient: SharedArrayBuffer;
}

export type ShardRequest = { readonly id: number } & (
  | { readonly kind: 'prepare'; readonly epoch: number; readonly index: number }
  | { readonly kind: 'evaluate'; readonly scales: LossScales }
  | { readonly kind: 'close' }
);

export interface ShardReply {
  readonly id: number;
  readonly weights?: ShardWeights;
  readonly losses?: ShardLosses;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}
