/** The dashboards of Grafana: current, made of metrics that exist, and every query returns data. Needs Debian's `prometheus`. */
import { readdirSync, readFileSync } from 'node:fs';
import { buildDashboard, dashboards } from '@undertone/deploy';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { MonitoredService } from '../load/monitored-service.ts';
import { inGrafana, queriesOf } from '../support/dashboard-queries.ts';
import { PrometheusServer } from '../support/prometheus.ts';

const folder = new URL('../../deploy/grafana/', import.meta.url);
const factor = 120;
const closing: (() => Promise<void>)[] = [];
let prometheus: PrometheusServer;
beforeAll(async () => {
  prometheus = await PrometheusServer.start(factor, 500);
  closing.push(() => prometheus.stop());
  const service = await MonitoredService.start(prometheus);
  closing.push(() => service.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

test('the files are what the code builds: npm run deploy:dashboards', () => {
  const files = readdirSync(new URL('dashboards/', folder));
  expect(files.sort()).toEqual(dashboards.map(({ id }) => `${id}.json`).sort());
  for (const spec of dashboards) {
    const file = JSON.parse(readFileSync(new URL(`dashboards/${spec.id}.json`, folder), 'utf8'));
    expect(file).toEqual(JSON.parse(JSON.stringify(buildDashboard(spec))));
  }
});

test('no two panels of a dashboard overlap, and each has a sentence', () => {
  for (const spec of dashboards) {
    const taken = new Set<string>();
    for (const panel of buildDashboard(spec).panels ?? []) {
      if (!('gridPos' in panel) || !panel.gridPos || !('description' in panel)) throw new Error('no panel');
      expect(panel.description).toMatch(/\.$/);
      const { x, y } = panel.gridPos;
      expect(taken.has(`${x},${y}`), `${spec.id}: ${panel.title}`).toBe(false);
      taken.add(`${x},${y}`);
    }
  }
});

test('the data source of the provisioning is one of Prometheus', () => {
  const text = readFileSync(new URL('provisioning/datasources/prometheus.yml', folder), 'utf8');
  expect(parse(text).datasources[0]).toMatchObject({ type: 'prometheus', isDefault: true });
});

const all = dashboards.flatMap((spec) => queriesOf(spec));
test.each(all)('$dashboard, $panel: $expr has data', async ({ expr }) => {
  await expect
    .poll(async () => (await prometheus.query(inGrafana(expr))).filter(({ value }) => value[1] !== 'NaN'), {
      timeout: 45_000,
      interval: 500,
    })
    .not.toEqual([]);
});
