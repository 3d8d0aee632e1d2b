/** Two alerts that real faults bring about, at a faster pace; `npm run bench:alert-faults` does all. */
import { afterEach, expect, test } from 'vitest';
import { PrometheusServer } from '../support/prometheus.ts';
import { startServer } from '../support/server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test('a server that is scraped under two names, and one that has gone, raise alerts that end with the fault', async () => {
  const prometheus = await PrometheusServer.start(120, 250);
  closing.push(() => prometheus.stop());
  const server = await startServer();
  closing.push(() => server.close());
  const gone = await startServer();
  const hosts = [server, gone].map(({ adminUrl }) => new URL(adminUrl!).host) as [string, string];
  const firing = async (): Promise<(string | undefined)[]> =>
    (await prometheus.query('ALERTS{alertstate="firing"}')).map(({ metric }) => metric.alertname).sort();
  const up = async (): Promise<number> => (await prometheus.query('up == 1')).length;
  const patience = { timeout: 30_000, interval: 200 };

  prometheus.setTargets('undertone', hosts);
  await expect.poll(up, patience).toBe(2);
  expect(await firing()).toEqual([]);
  prometheus.setTargets('undertone', [...hosts, hosts[0].replace('127.0.0.1', 'localhost')]);
  await expect.poll(firing, patience).toEqual(['UndertoneScrapedTwice']);
  await gone.close();
  await expect.poll(firing, patience).toEqual(['UndertoneScrapedTwice', 'UndertoneTargetDown']);
  prometheus.setTargets('undertone', [hosts[0]]);
  await expect.poll(firing, patience).toEqual([]);
});
