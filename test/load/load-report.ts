/** From the results of all streams to the figures of the report. */
import type { LoadStreamResult, ResultTiming } from './load-stream.ts';

export interface LoadReport {
  readonly streams: number;
  readonly packetMs: number;
  readonly transport: 'websocket';
  readonly seconds: number;
  readonly cpuSecondsPerAudioSecond: number;
  readonly interimP50Ms: number;
  readonly interimP99Ms: number;
  readonly finalP99Ms: number;
  readonly serverInterimP99Ms: number;
  readonly serverFinalP99Ms: number;
  readonly eventsExpected: number;
  readonly eventsLost: number;
  readonly streamsFailed: number;
  readonly rssPeakBytes: number;
  /** Packets left later than planned, 99th percentile: above 20 ms the generator is what is slow. */
  readonly sendLatenessP99Ms: number;
  readonly generatorCpuShare: number;
  readonly generatorBottleneck: boolean;
}

export interface LoadFigures {
  readonly streams: number;
  readonly packetMs: number;
  readonly seconds: number;
  readonly results: readonly LoadStreamResult[];
  /** Per stream, the events that a run without load gave; of failed streams too. */
  readonly expected: readonly (readonly string[])[];
  /** Per stream, null where it failed. */
  readonly received: readonly (readonly string[] | null)[];
  readonly serverCpuSeconds: number;
  readonly audioSeconds: number;
  readonly rssPeakBytes: number;
  readonly generatorCpuShare: number;
}

/** Nearest-rank percentile; 0 of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return Math.round(value * 10) / 10;
}

/** Events that were expected and did not come. */
export function countLost(expected: readonly string[], received: readonly string[] | null): number {
  const found = new Set(received ?? []);
  return expected.filter((key) => !found.has(key)).length;
}

export function loadReport(figures: LoadFigures): LoadReport {
  const timings = figures.results.flatMap((result) => result.timings);
  const of = (kind: ResultTiming['kind'], field: 'clientMs' | 'serverMs'): number[] =>
    timings.filter((timing) => timing.kind === kind).map((timing) => timing[field]);
  const lateness = percentile(
    figures.results.flatMap((result) => result.latenessMs),
    0.99,
  );
  return {
    streams: figures.streams,
    packetMs: figures.packetMs,
    transport: 'websocket',
    seconds: figures.seconds,
    cpuSecondsPerAudioSecond: Number((figures.serverCpuSeconds / figures.audioSeconds).toPrecision(4)),
    interimP50Ms: percentile(of('interim', 'clientMs'), 0.5),
    interimP99Ms: percentile(of('interim', 'clientMs'), 0.99),
    finalP99Ms: percentile(of('final', 'clientMs'), 0.99),
    serverInterimP99Ms: percentile(of('interim', 'serverMs'), 0.99),
    serverFinalP99Ms: percentile(of('final', 'serverMs'), 0.99),
    eventsExpected: figures.expected.reduce((sum, keys) => sum + keys.length, 0),
    eventsLost: figures.expected.reduce((sum, keys, i) => sum + countLost(keys, figures.received[i]!), 0),
    streamsFailed: figures.received.filter((keys) => keys === null).length,
    rssPeakBytes: figures.rssPeakBytes,
    sendLatenessP99Ms: lateness,
    generatorCpuShare: Math.round(figures.generatorCpuShare * 100) / 100,
    generatorBottleneck: lateness > 20 || figures.generatorCpuShare > 0.9,
  };
}
