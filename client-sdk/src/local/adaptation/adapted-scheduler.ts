import { BatchScheduler } from '@undertone/core';
import { Adaptation } from './adaptation.ts';

/**
 * Where a stream runs: with the others of its model, or with a head of its own over the same network.
 * @param adaptation as `Adaptation.toBytes` gives it
 * @throws UndertoneError `bad_checkpoint`, `model_mismatch`
 */
export function adaptedScheduler(
  shipped: BatchScheduler,
  adaptation: Uint8Array | undefined,
): BatchScheduler {
  if (adaptation === undefined) return shipped;
  return new BatchScheduler(Adaptation.fromBytes(adaptation).applyTo(shipped.model));
}
