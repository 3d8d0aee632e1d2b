/** The dashboards: which questions they answer. `npm run deploy:dashboards` writes them to `deploy/grafana/dashboards`. */
import { chosen, type DashboardSpec, panel } from './panel.ts';

const rate = (metric: string, more = ''): string => `rate(${metric}{${chosen}${more}}[$__rate_interval])`;
const quantile = (q: number, metric: string, by = ''): string =>
  `histogram_quantile(${q}, sum by (le${by}) (${rate(`${metric}_bucket`)}))`;

const service: DashboardSpec = {
  id: 'service',
  title: 'Undertone: service',
  panels: [
    panel('Open streams', 'short', 'Streams by the door they came through.', [
      `sum by (transport) (undertone_sessions_active{${chosen}})`,
      '{{transport}}',
    ]),
    panel('Streams that end', 'reqps', 'By outcome; everything but client_close has a reason.', [
      `sum by (outcome) (${rate('undertone_sessions_total')})`,
      '{{outcome}}',
    ]),
    panel('Errors', 'reqps', 'By code; what to do about each is in docs/operations.md.', [
      `sum by (code) (${rate('undertone_errors_total')})`,
      '{{code}}',
    ]),
    panel('Connections that end', 'reqps', 'By close code: 1000 and 1001 are orderly, 1006 is a cut.', [
      `sum by (code) (${rate('undertone_close_total')})`,
      '{{code}}',
    ]),
    panel(
      'Latency of results',
      's',
      'From the last sample needed to the result being written. Objective: 99 % of interims in 100 ms, of finals in 300 ms.',
      [quantile(0.5, 'undertone_result_latency_seconds', ', kind'), '{{kind}} p50'],
      [quantile(0.99, 'undertone_result_latency_seconds', ', kind'), '{{kind}} p99'],
    ),
    panel(
      'Budget of latency',
      'percentunit',
      'Share of late results: 1 % is the budget, 14.4 % over an hour pages.',
      ['job:undertone_results:late_ratio5m{job=~"$job"}', '{{job}} 5 min'],
      ['job:undertone_results:late_ratio1h{job=~"$job"}', '{{job}} 1 h'],
    ),
    panel(
      'Budget of availability',
      'percentunit',
      'Share of streams refused or failed: 0.5 % is the budget.',
      ['job:undertone_streams:failed_ratio1h{job=~"$job"}', '{{job}} 1 h'],
    ),
    panel('Length of streams', 's', 'Median by door.', [
      quantile(0.5, 'undertone_session_duration_seconds', ', transport'),
      '{{transport}}',
    ]),
  ],
};

const capacity: DashboardSpec = {
  id: 'capacity',
  title: 'Undertone: capacity',
  panels: [
    panel('Load', 'percentunit', 'Open streams over capacity; at 100 % streams are refused.', [
      `undertone_load_ratio{${chosen}}`,
      '{{instance}}',
    ]),
    panel(
      'Room',
      'short',
      'Streams that may be open, and that are.',
      [`sum by (job) (undertone_session_capacity{${chosen}})`, '{{job}} capacity'],
      [`sum by (job) (undertone_sessions_active{${chosen}})`, '{{job}} open'],
    ),
    panel('Processor', 'short', 'Cores in use.', [
      `rate(process_cpu_seconds_total{${chosen}}[$__rate_interval])`,
      '{{instance}}',
    ]),
    panel('Memory', 'bytes', 'Resident.', [`process_resident_memory_bytes{${chosen}}`, '{{instance}}']),
    panel('Event loop', 's', 'Worst delay since the last scrape: over 0.1 s nobody is answered in time.', [
      `undertone_event_loop_lag_seconds{${chosen}}`,
      '{{instance}}',
    ]),
    panel('Waiting for a batch', 's', 'Time the oldest frame waited, p99.', [
      quantile(0.99, 'undertone_inference_queue_seconds', ', instance'),
      '{{instance}}',
    ]),
    panel('One batch', 's', 'The network and its head, p99.', [
      quantile(0.99, 'undertone_inference_duration_seconds', ', model'),
      '{{model}}',
    ]),
    panel('Channels per batch', 'short', 'Mean: the larger, the cheaper a stream.', [
      `sum by (instance) (${rate('undertone_inference_batch_size_sum')}) / sum by (instance) (${rate('undertone_inference_batch_size_count')})`,
      '{{instance}}',
    ]),
    panel('Audio received', 'short', 'Seconds of audio per second, by door and encoding.', [
      `sum by (transport, encoding) (${rate('undertone_audio_received_seconds_total')})`,
      '{{transport}} {{encoding}}',
    ]),
    panel('Recognition threads replaced', 'short', 'Should be none.', [
      `increase(undertone_worker_restarts_total{${chosen}}[$__rate_interval])`,
      '{{instance}}',
    ]),
    panel('Draining', 'short', '1 while a server shuts down.', [
      `undertone_draining{${chosen}}`,
      '{{instance}}',
    ]),
  ],
};

const model: DashboardSpec = {
  id: 'model',
  title: 'Undertone: what the models say',
  panels: [
    panel('Labels of final results', 'percentunit', 'Shares, without those that have no label.', [
      `sum by (label) (${rate('undertone_results_total', ',final="true",label!="none"')}) / ignoring (label) group_left () sum (${rate('undertone_results_total', ',final="true",label!="none"')})`,
      '{{label}}',
    ]),
    panel(
      'Confidence',
      'percentunit',
      'Of final results: a tenth is below the lower line, half below the upper.',
      [quantile(0.5, 'undertone_result_confidence', ', model'), '{{model}} p50'],
      [quantile(0.1, 'undertone_result_confidence', ', model'), '{{model}} p10'],
    ),
    panel(
      'Abstention',
      'percentunit',
      'Share of final results without a label; an alert compares it with the day before.',
      ['job_model:undertone_finals:abstained_ratio30m{job=~"$job"}', '{{job}} {{model}}'],
    ),
    panel('Why it abstains', 'reqps', 'no_speech: lines; low_confidence: voices and codecs.', [
      `sum by (reason) (${rate('undertone_abstentions_total')})`,
      '{{reason}}',
    ]),
    panel(
      'Labels of the last hour',
      'percentunit',
      'What the alert on their shift compares with the week before.',
      ['job_model_label:undertone_finals:share1h{job=~"$job"}', '{{model}} {{label}}'],
    ),
    panel('Models that run', 'short', 'Servers by model and file; one line each when all are alike.', [
      `count by (model, model_sha) (undertone_build_info{${chosen}})`,
      '{{model}} {{model_sha}}',
    ]),
    panel('Alerts on calls', 'reqps', 'Alerts that rules raise on conversations, not on servers.', [
      `sum by (rule, state) (${rate('undertone_alerts_total')})`,
      '{{rule}} {{state}}',
    ]),
  ],
};

const sinks: DashboardSpec = {
  id: 'telephony-and-sinks',
  title: 'Undertone: telephony and sinks',
  panels: [
    panel('Calls', 'short', 'Open streams of telephony.', [
      `sum by (transport) (undertone_sessions_active{${chosen},transport=~"twilio|telnyx|signalwire|vonage|plivo|audiohook"})`,
      '{{transport}}',
    ]),
    panel('Messages left out', 'reqps', 'Of another track, late, lost or overlapping.', [
      `sum by (transport, reason) (${rate('undertone_telephony_left_out_total')})`,
      '{{transport}} {{reason}}',
    ]),
    panel('Events that wait', 'short', 'For each sink; in memory only.', [
      `undertone_sink_backlog_events{${chosen}}`,
      '{{instance}} {{sink}}',
    ]),
    panel('Events delivered', 'reqps', 'Taken by each sink.', [
      `sum by (sink) (${rate('undertone_sink_delivered_total')})`,
      '{{sink}}',
    ]),
    panel('Attempts that fail', 'reqps', 'They are repeated.', [
      `sum by (sink) (${rate('undertone_sink_failures_total')})`,
      '{{sink}}',
    ]),
    panel('Events refused', 'short', 'Since the start: they never come.', [
      `sum by (sink) (undertone_sink_refused_total{${chosen}})`,
      '{{sink}}',
    ]),
  ],
};

const archive: DashboardSpec = {
  id: 'archive',
  title: 'Undertone: archive',
  panels: [
    panel('Jobs', 'short', 'Waiting, running, given up. All workers see the same queue.', [
      `max by (job, state) (undertone_archive_jobs{${chosen}})`,
      '{{state}}',
    ]),
    panel('Recordings done', 'short', 'By outcome, since the start.', [
      `sum by (outcome) (undertone_archive_recordings_total{${chosen}})`,
      '{{outcome}}',
    ]),
    panel('Results', 'reqps', 'Published, or known before.', [
      `sum by (outcome) (${rate('undertone_archive_events_total')})`,
      '{{outcome}}',
    ]),
    panel('Places in use', 'percentunit', 'Recordings at work over those that fit.', [
      `undertone_load_ratio{${chosen},job=~".*worker.*"}`,
      '{{instance}}',
    ]),
  ],
};

export const dashboards: readonly DashboardSpec[] = [service, capacity, model, sinks, archive];
