import { expect, test } from 'vitest';
import { expose } from './exposition.ts';
import { createMetrics, type ServerMetrics } from './metrics.ts';

const openMetrics = 'application/openmetrics-text; version=1.0.0,text/plain;q=0.5';

function withMetrics(): ServerMetrics {
  return createMetrics({
    sessions: () => [],
    capacity: () => 1,
    loadRatio: () => 0,
    sendBufferBytes: () => 0,
    draining: () => false,
    sinkBacklog: () => [],
    version: '1',
    models: [{ model: 'a"b\\c@1', model_sha: '0' }],
  });
}

test('a latency names the trace it came from, to those that read OpenMetrics only', async () => {
  const metrics = withMetrics();
  metrics.resultLatency.observe({ kind: 'final' }, 0.07, 'a'.repeat(32));
  metrics.resultLatency.observe({ kind: 'interim' }, 0.07);
  const exemplar = `undertone_result_latency_seconds_bucket{le="0.1",kind="final"} 1 # {trace_id="${'a'.repeat(32)}"} 0.07 `;
  expect((await expose(metrics.registry, openMetrics)).text).toContain(exemplar);
  expect((await expose(metrics.registry, 'text/plain')).text).not.toContain('trace_id');
  metrics.close();
});

test('counters keep their names in the older format after a scrape in the newer', async () => {
  const metrics = withMetrics();
  metrics.errors.inc({ code: 'bad_audio' });
  const line = 'undertone_errors_total{code="bad_audio"} 1\n';
  const newer = await expose(metrics.registry, openMetrics);
  expect(newer.contentType).toContain('openmetrics-text');
  expect(newer.text).toContain(line);
  expect(newer.text).toContain('# TYPE undertone_errors counter\n');
  expect(newer.text.endsWith('\n# EOF\n')).toBe(true);
  const older = await expose(metrics.registry, undefined);
  expect(older.text).toContain(line);
  expect(older.text).toContain('# TYPE undertone_errors_total counter\n');
  metrics.close();
});

test('what a model is called cannot break a line', async () => {
  const metrics = withMetrics();
  for (const accept of [openMetrics, undefined])
    expect((await expose(metrics.registry, accept)).text).toContain('model="a\\"b\\\\c@1"');
  metrics.close();
});
