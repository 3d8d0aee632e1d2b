/** The metrics of one server: what `metric-specs.ts` declares, with the types and sources of their values. */
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { errorSpecs } from '@undertone/core';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type MetricSpec, metricSpecs } from './metric-specs.ts';

/** Between two looks at how late the event loop is. */
const loopResolutionMs = 10;
const ownCloseCodes = new Set(Object.values(errorSpecs).map(({ closeCode }) => closeCode));

/** Codes from 3000 on are the peer's to choose: those that are not ours share a label, lest each make a new series. */
export function closeCodeLabel(code: number): string {
  return code < 3000 || ownCloseCodes.has(code) ? String(code) : 'other';
}

/** How many streams are open that are alike. */
export interface SessionCount {
  readonly transport: string;
  /** `name@version` */
  readonly model: string;
  readonly count: number;
}

/** What is read when metrics are scraped rather than counted. */
export interface MetricSources {
  readonly sessions: () => readonly SessionCount[];
  readonly capacity: () => number;
  /** Of capacity, 0 to 1. */
  readonly loadRatio: () => number;
  readonly sendBufferBytes: () => number;
  readonly draining: () => boolean;
  readonly sinkBacklog: () => readonly { readonly sink: string; readonly events: number }[];
  /** Of the queue of recordings; only a worker knows. */
  readonly archiveJobs?: () => readonly { readonly state: string; readonly jobs: number }[];
  readonly version: string;
  /** `name@version` and SHA-256 of each model. */
  readonly models: readonly { readonly model: string; readonly model_sha: string }[];
  /** Of each model, what its manifest says of its evaluation. */
  readonly evaluations?: readonly {
    readonly model: string;
    readonly metrics: Readonly<Record<string, unknown>>;
  }[];
}

/** A histogram that remembers, for each bucket, the trace of the last value that fell into it. */
export interface TracedHistogram<T extends string> {
  observe(labels: Readonly<Partial<Record<T, string>>>, value: number, traceId?: string): void;
}

export interface ServerMetrics {
  readonly registry: Registry;
  readonly sessionsTotal: Counter<'transport' | 'outcome'>;
  readonly sessionDuration: Histogram<'transport'>;
  readonly modelStreams: Counter<'model' | 'outcome'>;
  readonly shadowStreams: Counter<'model' | 'shadow' | 'outcome'>;
  readonly shadowResults: Counter<'model' | 'shadow' | 'outcome'>;
  readonly shadowDifference: Histogram<'model' | 'shadow' | 'of'>;
  readonly inputShift: Histogram<'model' | 'of'>;
  readonly closes: Counter<'code'>;
  readonly errors: Counter<'code'>;
  readonly authFailures: Counter<'transport' | 'reason'>;
  readonly audioReceived: Counter<'transport' | 'encoding'>;
  readonly audioDropped: Counter<'reason'>;
  readonly gaps: Counter<'reason'>;
  readonly speech: Counter;
  readonly results: Counter<'model' | 'label' | 'final'>;
  readonly abstentions: Counter<'reason'>;
  readonly confidence: Histogram<'model'>;
  readonly alerts: Counter<'rule' | 'state'>;
  readonly resultLatency: TracedHistogram<'kind'>;
  readonly realTimeLag: Histogram;
  readonly interimsDropped: Counter;
  readonly slowClients: Counter;
  readonly inferenceDuration: Histogram<'model'>;
  readonly inferenceBatchSize: Histogram;
  readonly inferenceQueue: Histogram;
  readonly workerRestarts: Counter;
  readonly checkpoints: Counter;
  readonly streamsResumed: Counter<'outcome'>;
  readonly resultsResent: Counter;
  readonly reloads: Counter<'outcome'>;
  readonly telephonyLeftOut: Counter<'transport' | 'reason'>;
  readonly sinkDelivered: Counter<'sink' | 'durable'>;
  readonly sinkDropped: Counter<'sink' | 'durable'>;
  readonly sinkOverShare: Counter<'sink'>;
  readonly sinkFailures: Counter<'sink'>;
  readonly sinkRefused: Counter<'sink'>;
  readonly archiveRecordings: Counter<'outcome'>;
  readonly archiveEvents: Counter<'outcome'>;
  /** Stops what samples in the background. */
  close(): void;
}

export function createMetrics(sources: MetricSources): ServerMetrics {
  // Only such a registry takes a histogram with exemplars; what is written is decided at each scrape.
  const registry = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  const registers = [registry];
  const counter = <T extends string>({ name, help, labels }: MetricSpec): Counter<T> =>
    new Counter({ name, help, labelNames: labels as T[], registers });
  const histogram = <T extends string>({
    name,
    help,
    labels,
    buckets,
    hasExemplars,
  }: MetricSpec): Histogram<T> =>
    new Histogram({
      name,
      help,
      labelNames: labels as T[],
      buckets: [...(buckets ?? [])],
      enableExemplars: hasExemplars === true,
      registers,
    });
  const gauge = ({ name, help }: MetricSpec, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  collectDefaultMetrics({ register: registry });
  // Sums over a label that others have, under names that a gauge must not have.
  for (const of of ['handles', 'requests', 'resources'])
    registry.removeSingleMetric(`nodejs_active_${of}_total`);
  const loopDelay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loopDelay.enable();

  const specs = metricSpecs;
  new Gauge({
    ...labelled(specs.sessionsActive),
    registers,
    collect() {
      // What is no longer open must not stay as it was.
      this.reset();
      for (const { transport, model, count } of sources.sessions()) this.set({ transport, model }, count);
    },
  });
  gauge(specs.sessionCapacity, sources.capacity);
  gauge(specs.loadRatio, sources.loadRatio);
  gauge(specs.sendBuffer, sources.sendBufferBytes);
  gauge(specs.draining, () => (sources.draining() ? 1 : 0));
  gauge(specs.eventLoopLag, () => {
    // What it measures is the whole time between two looks.
    const lagMs = loopDelay.max / 1e6 - loopResolutionMs;
    loopDelay.reset();
    return Math.max(0, lagMs) / 1000;
  });
  new Gauge({
    ...labelled(specs.sinkBacklog),
    registers,
    collect() {
      for (const { sink, events } of sources.sinkBacklog()) this.set({ sink }, events);
    },
  });
  new Gauge({
    ...labelled(specs.archiveJobs),
    registers,
    collect() {
      for (const { state, jobs } of sources.archiveJobs?.() ?? []) this.set({ state }, jobs);
    },
  });
  const build = new Gauge({ ...labelled(specs.buildInfo), registers });
  for (const each of sources.models)
    build.set({ ...each, version: sources.version, node: process.version }, 1);
  const instance = new Gauge({ ...labelled(specs.instanceInfo), registers });
  instance.set({ instance_id: randomUUID() }, 1);

  const expected = new Gauge({ ...labelled(specs.modelExpected), registers });
  for (const {
    model,
    metrics: { abstained, accuracy },
  } of sources.evaluations ?? [])
    for (const [of, value] of Object.entries({ abstained, confidence: accuracy }))
      if (typeof value === 'number') expected.set({ model, of }, value);

  const metrics: ServerMetrics = {
    registry,
    sessionsTotal: counter(specs.sessionsTotal),
    sessionDuration: histogram(specs.sessionDuration),
    modelStreams: counter(specs.modelStreams),
    shadowStreams: counter(specs.shadowStreams),
    shadowResults: counter(specs.shadowResults),
    shadowDifference: histogram(specs.shadowDifference),
    inputShift: histogram(specs.inputShift),
    closes: counter(specs.closes),
    errors: counter(specs.errors),
    authFailures: counter(specs.authFailures),
    audioReceived: counter(specs.audioReceived),
    audioDropped: counter(specs.audioDropped),
    gaps: counter(specs.gaps),
    speech: counter(specs.speech),
    results: counter(specs.results),
    abstentions: counter(specs.abstentions),
    confidence: histogram(specs.confidence),
    alerts: counter(specs.alerts),
    resultLatency: traced(histogram(specs.resultLatency)),
    realTimeLag: histogram(specs.realTimeLag),
    interimsDropped: counter(specs.interimsDropped),
    slowClients: counter(specs.slowClients),
    inferenceDuration: histogram(specs.inferenceDuration),
    inferenceBatchSize: histogram(specs.inferenceBatchSize),
    inferenceQueue: histogram(specs.inferenceQueue),
    workerRestarts: counter(specs.workerRestarts),
    checkpoints: counter(specs.checkpoints),
    streamsResumed: counter(specs.streamsResumed),
    resultsResent: counter(specs.resultsResent),
    reloads: counter(specs.reloads),
    telephonyLeftOut: counter(specs.telephonyLeftOut),
    sinkDelivered: counter(specs.sinkDelivered),
    sinkDropped: counter(specs.sinkDropped),
    sinkFailures: counter(specs.sinkFailures),
    sinkOverShare: counter(specs.sinkOverShare),
    sinkRefused: counter(specs.sinkRefused),
    archiveRecordings: counter(specs.archiveRecordings),
    archiveEvents: counter(specs.archiveEvents),
    close: () => loopDelay.disable(),
  };
  registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
  return metrics;
}

function labelled({ name, help, labels }: MetricSpec): { name: string; help: string; labelNames: string[] } {
  return { name, help, labelNames: [...labels] };
}

function traced<T extends string>(histogram: Histogram<T>): TracedHistogram<T> {
  return {
    observe(labels, value, traceId): void {
      // Its type takes the labels of the histogram only; an exemplar has others.
      const exemplarLabels = (traceId === undefined ? {} : { trace_id: traceId }) as Record<T, string>;
      histogram.observe({ labels: labels as Record<T, string>, value, exemplarLabels });
    },
  };
}
