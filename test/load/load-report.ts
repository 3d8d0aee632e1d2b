/** From what the generator saw and what the system says about the server to the figures of the report. */
import type { LoadOutcome, LoadPlan, Transport } from './load-plan.ts';
import type { RssTrend } from './rss-trend.ts';

export interface LoadReport {
  readonly streams: number;
  readonly packetMs: number;
  readonly transport: Transport;
  readonly seconds: number;
  readonly cpuSecondsPerAudioSecond: number;
  /** Streams in real time that one core would carry at that price. */
  readonly streamsPerCore: number;
  readonly interimP50Ms: number;
  readonly interimP99Ms: number;
  readonly finalP99Ms: number;
  readonly serverInterimP99Ms: number;
  readonly serverFinalP99Ms: number;
  /** Of streams that were let in. */
  readonly eventsExpected: number;
  readonly eventsLost: number;
  readonly streamsFailed: number;
  readonly streamsRefused: number;
  /** As the generator sees it, which shares the cores. */
  readonly refusalP99Ms: number;
  /** Longest time for which the server's main thread answered nobody: what it took of a refusal at most. */
  readonly serverPauseMaxMs: number;
  readonly rssPeakBytes: number;
  /** Over the second half of the run. */
  readonly rssSlopeBytesPerMinute: number;
  /** Packets left later than planned, 99th percentile: above 20 ms the generator is what is slow. */
  readonly sendLatenessP99Ms: number;
  readonly generatorCpuShare: number;
  readonly generatorBottleneck: boolean;
}

export interface LoadFigures {
  readonly plan: Pick<LoadPlan, 'streams' | 'packetMs' | 'transport' | 'seconds'>;
  readonly outcome: LoadOutcome;
  /** Per piece of speech, the events that a run without load gave; stream i speaks piece i modulo their number. */
  readonly references: readonly (readonly string[])[];
  readonly serverCpuSeconds: number;
  readonly rssPeakBytes: number;
  readonly serverPauseMaxMs: number;
  readonly rss: RssTrend;
}

/** Nearest-rank percentile; 0 of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return Math.round(value * 10) / 10;
}

/** Events that were expected and did not come. */
export function countLost(expected: readonly string[], received: readonly string[] | null): number {
  const found = new Set(received ?? []);
  return expected.filter((key) => !found.has(key)).length;
}

export function loadReport(figures: LoadFigures): LoadReport {
  const { plan, outcome, references } = figures;
  const refused = outcome.refused.length;
  const admitted = plan.streams - refused;
  let eventsExpected = 0;
  let eventsLost = 0;
  let missing = 0;
  for (const [i, received] of outcome.eventKeys.entries()) {
    const expected = references[i % references.length]!;
    if (received === null) {
      missing++;
      continue;
    }
    eventsExpected += expected.length;
    eventsLost += countLost(expected, received);
  }
  // Which of the streams without a result failed does not matter: all pieces are of one length.
  const failed = missing - refused;
  const perStream = references.reduce((sum, keys) => sum + keys.length, 0) / Math.max(1, references.length);
  const lostOfFailed = Math.round(failed * perStream);
  const cpu = figures.serverCpuSeconds / Math.max(1, admitted * plan.seconds);
  const lateness = outcome.latenessP99Ms;
  return {
    streams: plan.streams,
    packetMs: plan.packetMs,
    transport: plan.transport,
    seconds: plan.seconds,
    cpuSecondsPerAudioSecond: Number(cpu.toPrecision(4)),
    streamsPerCore: cpu > 0 ? Math.floor(1 / cpu) : 0,
    interimP50Ms: percentile(outcome.interimMs, 0.5),
    interimP99Ms: percentile(outcome.interimMs, 0.99),
    finalP99Ms: percentile(outcome.finalMs, 0.99),
    serverInterimP99Ms: percentile(outcome.serverInterimMs, 0.99),
    serverFinalP99Ms: percentile(outcome.serverFinalMs, 0.99),
    eventsExpected: eventsExpected + lostOfFailed,
    eventsLost: eventsLost + lostOfFailed,
    streamsFailed: failed,
    streamsRefused: refused,
    refusalP99Ms: percentile(
      outcome.refused.map(({ afterMs }) => afterMs),
      0.99,
    ),
    serverPauseMaxMs: Math.round(figures.serverPauseMaxMs * 10) / 10,
    rssPeakBytes: figures.rssPeakBytes,
    rssSlopeBytesPerMinute: figures.rss.slopeBytesPerMinute(),
    sendLatenessP99Ms: lateness,
    generatorCpuShare: Math.round(outcome.cpuShare * 100) / 100,
    generatorBottleneck: lateness > 20 || outcome.cpuShare > 0.9,
  };
}
