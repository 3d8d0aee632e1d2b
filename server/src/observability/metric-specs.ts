/**
 * Every metric of the server, declared once: the registry and the table in `docs/operations.md` are made of this list.
 * Names follow https://prometheus.io/docs/practices/naming: base units, `_total` on counters, few label values. No label
 * ever names a session, a caller or a tag.
 */
export interface MetricSpec {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
  /** Whether it says by which trace a value came about, to those that read OpenMetrics. */
  readonly hasExemplars?: boolean;
  readonly help: string;
}

const counter = (name: string, labels: readonly string[], help: string): MetricSpec => ({
  name,
  kind: 'counter',
  labels,
  help,
});
const gauge = (name: string, labels: readonly string[], help: string): MetricSpec => ({
  ...counter(name, labels, help),
  kind: 'gauge',
});
const histogram = (
  name: string,
  labels: readonly string[],
  buckets: readonly number[],
  help: string,
): MetricSpec => ({ ...counter(name, labels, help), kind: 'histogram', buckets });

const latency = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1, 2.5];
const shares = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];
const batchSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];
const streamSeconds = [1, 5, 15, 60, 300, 900, 3600, 14_400];

export type MetricKey =
  | 'sessionsActive'
  | 'sessionCapacity'
  | 'loadRatio'
  | 'sessionsTotal'
  | 'sessionDuration'
  | 'modelStreams'
  | 'shadowStreams'
  | 'shadowResults'
  | 'shadowDifference'
  | 'inputShift'
  | 'modelExpected'
  | 'closes'
  | 'errors'
  | 'authFailures'
  | 'audioReceived'
  | 'audioDropped'
  | 'gaps'
  | 'speech'
  | 'results'
  | 'abstentions'
  | 'confidence'
  | 'alerts'
  | 'resultLatency'
  | 'realTimeLag'
  | 'interimsDropped'
  | 'slowClients'
  | 'sendBuffer'
  | 'inferenceDuration'
  | 'inferenceBatchSize'
  | 'inferenceQueue'
  | 'workerRestarts'
  | 'checkpoints'
  | 'streamsResumed'
  | 'resultsResent'
  | 'eventLoopLag'
  | 'draining'
  | 'telephonyLeftOut'
  | 'sinkBacklog'
  | 'sinkDelivered'
  | 'sinkDropped'
  | 'sinkOverShare'
  | 'sinkFailures'
  | 'sinkRefused'
  | 'archiveRecordings'
  | 'archiveJobs'
  | 'archiveEvents'
  | 'reloads'
  | 'buildInfo'
  | 'instanceInfo';

export const metricSpecs: Readonly<Record<MetricKey, MetricSpec>> = {
  sessionsActive: gauge('undertone_sessions_active', ['transport', 'model'], 'Streams that are open.'),
  sessionCapacity: gauge('undertone_session_capacity', [], 'Streams that may be open at a time.'),
  loadRatio: gauge('undertone_load_ratio', [], 'Open streams over capacity; what autoscalers go by.'),
  sessionsTotal: counter('undertone_sessions_total', ['transport', 'outcome'], 'Streams that ended.'),
  sessionDuration: histogram(
    'undertone_session_duration_seconds',
    ['transport'],
    streamSeconds,
    'Length of streams by the clock.',
  ),
  modelStreams: counter(
    'undertone_model_streams_total',
    ['model', 'outcome'],
    'Streams that ended, by model.',
  ),
  shadowStreams: counter(
    'undertone_shadow_streams_total',
    ['model', 'shadow', 'outcome'],
    'Streams that a second model heard: to their end, cut (the stream broke off or moved), or given up because of load, behind or failed.',
  ),
  shadowResults: counter(
    'undertone_shadow_results_total',
    ['model', 'shadow', 'outcome'],
    'Results beside those of the second model: same label, other label, model_abstained or shadow_abstained where one of them did, unmatched without a counterpart.',
  ),
  shadowDifference: histogram(
    'undertone_shadow_difference',
    ['model', 'shadow', 'of'],
    [0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8],
    'Absolute difference of valence and of confidence between matched results of two models.',
  ),
  inputShift: histogram(
    'undertone_input_shift',
    ['model', 'of'],
    [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1],
    'How far a channel sounded, on average, from the training corpus, at the end of its stream: spectrum (units of the network’s inputs), pitch (octaves).',
  ),
  modelExpected: gauge(
    'undertone_model_expected',
    ['model', 'of'],
    'What the manifest says of voices that the model was not trained on: abstained (share of results), confidence (its accuracy, which that of a calibrated model is).',
  ),
  closes: counter('undertone_close_total', ['code'], 'Connections that ended, by WebSocket close code.'),
  errors: counter('undertone_errors_total', ['code'], 'Errors reported, by code.'),
  authFailures: counter(
    'undertone_auth_failures_total',
    ['transport', 'reason'],
    'Credentials that were refused.',
  ),
  audioReceived: counter(
    'undertone_audio_received_seconds_total',
    ['transport', 'encoding'],
    'Audio received, over all channels.',
  ),
  audioDropped: counter(
    'undertone_audio_dropped_seconds_total',
    ['reason'],
    'Audio received but not analysed.',
  ),
  gaps: counter('undertone_gap_seconds_total', ['reason'], 'Audio that is missing in streams.'),
  speech: counter('undertone_speech_seconds_total', [], 'Speech in streams that ended.'),
  results: counter('undertone_results_total', ['model', 'label', 'final'], 'Emotion results written.'),
  abstentions: counter('undertone_abstentions_total', ['reason'], 'Results without a label.'),
  confidence: histogram(
    'undertone_result_confidence',
    ['model'],
    shares,
    'Confidence of final results, 0 to 1, those without a label too.',
  ),
  alerts: counter('undertone_alerts_total', ['rule', 'state'], 'Alerts written.'),
  resultLatency: {
    ...histogram(
      'undertone_result_latency_seconds',
      ['kind'],
      latency,
      'From the last sample a result needs being received to the result being written.',
    ),
    hasExemplars: true,
  },
  realTimeLag: histogram(
    'undertone_real_time_lag_seconds',
    [],
    latency,
    'Audio of a stream received and not yet recognised, each time a result of it is written.',
  ),
  interimsDropped: counter(
    'undertone_interims_dropped_total',
    [],
    'Interim results left out for slow clients.',
  ),
  slowClients: counter('undertone_slow_clients_total', [], 'Streams ended because the client did not read.'),
  sendBuffer: gauge('undertone_send_buffer_bytes', [], 'Bytes that clients have not read yet.'),
  inferenceDuration: histogram(
    'undertone_inference_duration_seconds',
    ['model'],
    batchSeconds,
    'One batch: the network and its head.',
  ),
  inferenceBatchSize: histogram(
    'undertone_inference_batch_size',
    [],
    [1, 2, 4, 8, 16, 32, 64, 128, 256],
    'Channels per batch.',
  ),
  inferenceQueue: histogram(
    'undertone_inference_queue_seconds',
    [],
    batchSeconds,
    'Time the oldest frame of a batch waited for it.',
  ),
  workerRestarts: counter(
    'undertone_worker_restarts_total',
    [],
    'Recognition threads that died and were replaced; their streams went on from their checkpoints.',
  ),
  checkpoints: counter('undertone_checkpoints_total', [], 'Checkpoints given to clients.'),
  streamsResumed: counter(
    'undertone_streams_resumed_total',
    ['outcome'],
    'Streams that came with a checkpoint: resumed, or why not.',
  ),
  resultsResent: counter(
    'undertone_results_resent_total',
    [],
    'Final results sent once more, because they were not acknowledged.',
  ),
  eventLoopLag: gauge(
    'undertone_event_loop_lag_seconds',
    [],
    'Worst delay of the event loop since the last scrape.',
  ),
  draining: gauge('undertone_draining', [], '1 while the server is shutting down.'),
  telephonyLeftOut: counter(
    'undertone_telephony_left_out_total',
    ['transport', 'reason'],
    'Messages of calls that were left out: of another track, late, lost, overlapping, or none that is expected.',
  ),
  sinkBacklog: gauge('undertone_sink_backlog_events', ['sink'], 'Events that wait for a sink.'),
  sinkDelivered: counter(
    'undertone_sink_delivered_total',
    ['sink', 'durable'],
    'Events that a sink has taken. Those of the moment count when they are handed over, durable ones when the sink has them.',
  ),
  sinkDropped: counter(
    'undertone_sink_dropped_total',
    ['sink', 'durable'],
    'Events left out because too many waited for a sink.',
  ),
  sinkOverShare: counter(
    'undertone_sink_over_share_total',
    ['sink'],
    'Gaps left out because too many of one session waited for a sink.',
  ),
  sinkRefused: counter(
    'undertone_sink_refused_total',
    ['sink'],
    'Events that a sink never took: in the dead-letter file where there is one, else left out.',
  ),
  sinkFailures: counter('undertone_sink_failures_total', ['sink'], 'Attempts that a sink did not take.'),
  archiveRecordings: counter(
    'undertone_archive_recordings_total',
    ['outcome'],
    'Recordings that a worker is done with: analysed, known (their results were there), dead, or given back as retried or returned.',
  ),
  archiveJobs: gauge(
    'undertone_archive_jobs',
    ['state'],
    'Jobs in the queue of all workers: waiting, running, or dead (given up).',
  ),
  archiveEvents: counter(
    'undertone_archive_events_total',
    ['outcome'],
    'Results of recordings: published, or known where the stream had them.',
  ),
  reloads: counter('undertone_reloads_total', ['outcome'], 'Configurations read again at SIGHUP.'),
  buildInfo: gauge(
    'undertone_build_info',
    ['version', 'model', 'model_sha', 'node'],
    'What runs: one line for each model.',
  ),
  instanceInfo: gauge(
    'undertone_instance_info',
    ['instance_id'],
    'Always 1; instance_id is drawn when the process starts, so that one that is scraped twice is noticed.',
  ),
};
