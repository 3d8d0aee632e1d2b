import { expect, test } from 'vitest';
import type { LoadOutcome } from './load-plan.ts';
import { countLost, loadReport, percentile } from './load-report.ts';
import { RssTrend } from './rss-trend.ts';

const outcome: LoadOutcome = {
  interimMs: [10, 20],
  finalMs: [30],
  serverInterimMs: [5],
  serverFinalMs: [6],
  latenessP99Ms: 3,
  eventKeys: [['a'], null, null],
  refused: [{ status: 503, hasRetryAfter: true, afterMs: 4 }],
  failures: ['closed with 1006'],
  cpuShare: 0.2,
};
const figures = {
  plan: { streams: 3, packetMs: 100, transport: 'ws', seconds: 10 },
  outcome,
  references: [['a', 'b']],
  serverCpuSeconds: 0.5,
  rssPeakBytes: 1,
  serverPauseMaxMs: 12.34,
  rss: new RssTrend(),
} as const;

test('a percentile is the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile(values, 0.99)).toBe(99);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBe(0);
});

test('every expected event that did not come is lost', () => {
  expect(countLost(['a', 'b', 'c'], ['c', 'a', 'x'])).toBe(1);
  expect(countLost(['a', 'b'], null)).toBe(2);
});

test('a stream that failed loses all its events, one that was refused had none', () => {
  expect(loadReport(figures)).toMatchObject({
    cpuSecondsPerAudioSecond: 0.025,
    streamsPerCore: 40,
    eventsExpected: 4,
    eventsLost: 3,
    streamsFailed: 1,
    streamsRefused: 1,
    refusalP99Ms: 4,
    serverPauseMaxMs: 12.3,
    generatorBottleneck: false,
  });
});

test('the report names a generator that cannot keep up', () => {
  const late = { ...figures, outcome: { ...outcome, latenessP99Ms: 30 } };
  expect(loadReport(late).generatorBottleneck).toBe(true);
  expect(loadReport({ ...figures, outcome: { ...outcome, cpuShare: 0.95 } }).generatorBottleneck).toBe(true);
});

test('the slope of memory leaves out the first half, in which caches fill', () => {
  const rss = new RssTrend();
  for (let i = 0; i < 10; i++) rss.add(i, i * 1000);
  for (let i = 10; i < 20; i++) rss.add(i, 9000 + (i - 10) * 50);
  expect(rss.slopeBytesPerMinute()).toBe(50);
});
