import { expect, test } from 'vitest';
import { countLost, loadReport, percentile } from './load-report.ts';

test('a percentile is the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile(values, 0.99)).toBe(99);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBe(0);
});

test('every expected event that did not come is lost, all of a stream that failed', () => {
  expect(countLost(['a', 'b', 'c'], ['c', 'a', 'x'])).toBe(1);
  expect(countLost(['a', 'b'], null)).toBe(2);
});

test('the report names a generator that cannot keep up', () => {
  const result = (latenessMs: number) => ({ timings: [], eventKeys: [], latenessMs: [latenessMs] });
  const figures = {
    streams: 2,
    packetMs: 100,
    seconds: 10,
    expected: [['a'], ['a']],
    received: [['a'], null],
    serverCpuSeconds: 0.5,
    audioSeconds: 20,
    rssPeakBytes: 1,
    generatorCpuShare: 0.2,
  };
  expect(loadReport({ ...figures, results: [result(3)] })).toMatchObject({
    cpuSecondsPerAudioSecond: 0.025,
    eventsExpected: 2,
    eventsLost: 1,
    streamsFailed: 1,
    generatorBottleneck: false,
  });
  expect(loadReport({ ...figures, results: [result(30)] }).generatorBottleneck).toBe(true);
});
