import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { measuredCosts, memoryForStreams, planCapacity } from './capacity-plan.ts';
import { capacityTable, exampleRequest } from './capacity-table.ts';

const cost = measuredCosts.get(100)!;
const plan = (streams: number, change: Partial<Parameters<typeof planCapacity>[0]> = {}) =>
  planCapacity({ ...exampleRequest, streams, cost, ...change });

describe('a plan', () => {
  test('follows from the measured costs', () => {
    // 2 cores at 80 % over 0.0009 are 1,777 streams; 10,000 at a load of 0.6 are 9.4 pods; cores at 0.04, memory at 0.005.
    const found = plan(10_000, { zones: 1 });
    expect(found).toMatchObject({ streamsPerPod: 1777, pods: 10, cores: 20 });
    expect(found.pricePerHour).toBeCloseTo(20 * 0.04 + found.memoryGib * 0.005, 10);
    expect(found.pricePerStreamHour).toBeCloseTo(found.pricePerHour / 10_000, 12);
  });

  test('has room for all streams when a zone is lost, whatever their number', () => {
    for (const zones of [2, 3, 4])
      for (const streams of [1, 1777, 1778, 10_000, 123_456]) {
        const { pods, streamsPerPod } = plan(streams, { zones, targetLoad: 1 });
        const lost = Math.ceil(pods / zones);
        expect((pods - lost) * streamsPerPod, `${streams} in ${zones}`).toBeGreaterThanOrEqual(streams);
      }
  });

  test('more cores do not help where the main thread is full', () => {
    const full = plan(1, { coresPerPod: 16 });
    expect(full.streamsPerPod).toBe(Math.floor(0.8 / cost.mainThreadCpu));
    expect(plan(1, { coresPerPod: 8 }).streamsPerPod).toBe(full.streamsPerPod);
  });

  test('asks for more memory than the half hour of 400 streams took at most', () => {
    expect(memoryForStreams(400) * 2 ** 20).toBeGreaterThan(480e6);
    expect(memoryForStreams(1777)).toBeGreaterThan(memoryForStreams(400));
  });

  test.each([
    ['streams', 0],
    ['streams', Number.NaN],
    ['coresPerPod', -1],
    ['targetLoad', 1.1],
    ['maxUtilisation', 0],
    ['zones', 1.5],
    ['pricePerCoreHour', -1],
    ['pricePerGibHour', Number.POSITIVE_INFINITY],
  ])('refuses %s of %d', (name, value) => {
    expect(() => plan(1000, { [name]: value })).toThrowError(new RegExp(`Expected ${name} to be `));
  });
});

test('the table of the operators’ page is the one that is computed', () => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  expect(page).toContain(`\n${capacityTable()}\n`);
});
