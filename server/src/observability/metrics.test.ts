import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { metricSpecs } from './metric-specs.ts';
import { closeCodeLabel, createMetrics } from './metrics.ts';
import { metricsTable } from './metrics-table.ts';

test('a peer cannot make a series of its own with every close code', () => {
  const labels = new Set(Array.from({ length: 2000 }, (_, i) => closeCodeLabel(3000 + i)));
  const own = [...labels].filter((label) => label !== 'other').map(Number);
  expect(labels).toContain('other');
  expect(labels).toContain('4029');
  expect(own.every((code) => code >= 4000 && code < 4100)).toBe(true);
  expect(labels.size).toBeLessThan(15);
  expect([1000, 1006, 1011].map(closeCodeLabel)).toEqual(['1000', '1006', '1011']);
});

test('every declared metric exists, once, with its kind and meaning', async () => {
  const metrics = createMetrics({
    sessions: () => [],
    capacity: () => 1,
    loadRatio: () => 0,
    sendBufferBytes: () => 0,
    draining: () => false,
    sinkBacklog: () => [],
    version: '1',
    models: [],
  });
  const found = await metrics.registry.getMetricsAsJSON();
  for (const spec of Object.values(metricSpecs)) {
    const [only, ...more] = found.filter(({ name }) => name === spec.name);
    expect({ kind: String(only?.type), help: only?.help, more: more.length }, spec.name).toEqual({
      kind: spec.kind,
      help: spec.help,
      more: 0,
    });
  }
  metrics.close();
});

test('names say what they count: base units, and _total on counters alone', () => {
  for (const { name, kind, buckets } of Object.values(metricSpecs)) {
    expect(name).toMatch(/^undertone_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total'), name).toBe(kind === 'counter');
    expect(name).not.toMatch(/_(ms|milliseconds|kb|percent)\b/);
    expect(buckets !== undefined, name).toBe(kind === 'histogram');
    expect(buckets ?? [], name).toEqual([...(buckets ?? [])].sort((a, b) => a - b));
  }
});

test('the table of metrics is current: run npm run docs:config', () => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  expect(page).toContain(metricsTable());
});

test('one process has one instance_id, and another has another', async () => {
  const idOf = async (): Promise<unknown> => {
    const metrics = createMetrics({
      sessions: () => [],
      capacity: () => 1,
      loadRatio: () => 0,
      sendBufferBytes: () => 0,
      draining: () => false,
      sinkBacklog: () => [],
      version: '1',
      models: [],
    });
    const text = await metrics.registry.getSingleMetricAsString('undertone_instance_info');
    metrics.close();
    return text.match(/instance_id="([0-9a-f-]{36})"\} 1/)?.[1];
  };
  const ids = [await idOf(), await idOf()];
  expect(ids[0]).toBeDefined();
  expect(ids[1]).not.toBe(ids[0]);
});
