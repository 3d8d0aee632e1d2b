/** The recognition threads of a server, with what they report to metrics and log. */
import type { ServerConfig } from '../config/fields.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServerMetrics } from '../observability/metrics.ts';
import type { ModelFolder } from './model-folder.ts';
import { RecognitionPool } from './recognition-pool.ts';

/** @throws UndertoneError `bad_manifest`, `model_mismatch`, `internal` */
export function openRecognition(
  { workers, batchWaitMs, maxBatch, workerTimeoutMs }: ServerConfig,
  models: readonly ModelFolder[],
  metrics: ServerMetrics,
  log: Logger,
): Promise<RecognitionPool> {
  return RecognitionPool.open({
    models,
    workers,
    batchWaitMs,
    maxBatch,
    workerTimeoutMs,
    onBatch: (model, { batch, seconds, queueSeconds }) => {
      metrics.inferenceBatchSize.observe(batch);
      metrics.inferenceDuration.observe({ model }, seconds);
      metrics.inferenceQueue.observe(queueSeconds);
    },
    onDeath: (cause) => {
      metrics.workerRestarts.inc();
      log.error({ err: cause }, 'a recognition thread died and is replaced');
    },
  });
}
