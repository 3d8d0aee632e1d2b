/**
 * Every metric of the server, declared once. Names follow https://prometheus.io/docs/practices/naming: base units,
 * `_total` on counters, few label values. No label ever names a session, a caller or a tag.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { errorSpecs } from '@undertone/core';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

const ownCloseCodes = new Set(Object.values(errorSpecs).map(({ closeCode }) => closeCode));

/** Codes from 3000 on are the peer's to choose: those that are not ours share a label, lest each make a new series. */
export function closeCodeLabel(code: number): string {
  return code < 3000 || ownCloseCodes.has(code) ? String(code) : 'other';
}

/** What is read when metrics are scraped rather than counted. */
export interface MetricSources {
  readonly sessions: () => number;
  readonly capacity: number;
  readonly sendBufferBytes: () => number;
  readonly draining: () => boolean;
  readonly version: string;
  /** `name@version` and SHA-256 of each model. */
  readonly models: readonly { readonly model: string; readonly model_sha: string }[];
}

export interface ServerMetrics {
  readonly registry: Registry;
  readonly sessionsTotal: Counter<'transport' | 'outcome'>;
  readonly sessionDuration: Histogram<'transport'>;
  readonly audioReceived: Counter<'transport' | 'encoding'>;
  readonly audioDropped: Counter<'reason'>;
  readonly speech: Counter;
  readonly resultLatency: Histogram<'kind'>;
  readonly inferenceDuration: Histogram<'model'>;
  readonly inferenceBatchSize: Histogram;
  readonly results: Counter<'label' | 'final'>;
  readonly abstentions: Counter<'reason'>;
  readonly interimsDropped: Counter;
  readonly errors: Counter<'code'>;
  readonly closes: Counter<'code'>;
  readonly slowClients: Counter;
  /** Stops what samples in the background. */
  close(): void;
}

export function createMetrics(sources: MetricSources): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const histogram = <T extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: T[] = [],
  ): Histogram<T> => new Histogram({ name, help, buckets, labelNames, registers });

  collectDefaultMetrics({ register: registry });
  const loopDelay = monitorEventLoopDelay({ resolution: 10 });
  loopDelay.enable();

  gauge('undertone_sessions_active', 'Streams that are open.', sources.sessions);
  gauge('undertone_session_capacity', 'Streams that may be open at a time.', () => sources.capacity);
  gauge('undertone_load_ratio', 'Open streams over capacity.', () => sources.sessions() / sources.capacity);
  gauge('undertone_send_buffer_bytes', 'Bytes that clients have not read yet.', sources.sendBufferBytes);
  gauge('undertone_draining', '1 while the server is shutting down.', () => (sources.draining() ? 1 : 0));
  gauge('undertone_event_loop_lag_seconds', 'Worst delay of the event loop since the last scrape.', () => {
    const seconds = loopDelay.max / 1e9;
    loopDelay.reset();
    return seconds;
  });
  const build = new Gauge({
    name: 'undertone_build_info',
    help: 'What runs: one line for each model.',
    labelNames: ['version', 'model', 'model_sha', 'node'],
    registers,
  });
  for (const each of sources.models)
    build.set({ ...each, version: sources.version, node: process.version }, 1);

  return {
    registry,
    sessionsTotal: counter('undertone_sessions_total', 'Streams that ended.', ['transport', 'outcome']),
    sessionDuration: histogram(
      'undertone_session_duration_seconds',
      'Length of streams by the clock.',
      [1, 5, 15, 60, 300, 900, 3600, 14400],
      ['transport'],
    ),
    audioReceived: counter('undertone_audio_received_seconds_total', 'Audio received, over all channels.', [
      'transport',
      'encoding',
    ]),
    audioDropped: counter('undertone_audio_dropped_seconds_total', 'Audio received but not analysed.', [
      'reason',
    ]),
    speech: counter('undertone_speech_seconds_total', 'Speech in streams that ended.'),
    resultLatency: histogram(
      'undertone_result_latency_seconds',
      'From the last sample a result needs being received to the result being written.',
      latencyBuckets,
      ['kind'],
    ),
    inferenceDuration: histogram(
      'undertone_inference_duration_seconds',
      'One batch: the network and its head.',
      [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25],
      ['model'],
    ),
    inferenceBatchSize: histogram(
      'undertone_inference_batch_size',
      'Channels per batch.',
      [1, 2, 4, 8, 16, 32, 64, 128, 256],
    ),
    results: counter('undertone_results_total', 'Emotion results written.', ['label', 'final']),
    abstentions: counter('undertone_abstentions_total', 'Results without a label.', ['reason']),
    interimsDropped: counter(
      'undertone_interims_dropped_total',
      'Interim results left out for slow clients.',
    ),
    errors: counter('undertone_errors_total', 'Errors reported, by code.', ['code']),
    closes: counter('undertone_close_total', 'Connections that ended, by WebSocket close code.', ['code']),
    slowClients: counter('undertone_slow_clients_total', 'Streams ended because the client did not read.'),
    close: () => loopDelay.disable(),
  };
}
