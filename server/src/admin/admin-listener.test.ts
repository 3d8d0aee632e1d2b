import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ServerConfig } from '../config/fields.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { createLogger } from '../observability/logger.ts';
import { createMetrics, type ServerMetrics } from '../observability/metrics.ts';
import { AdminListener } from './admin-listener.ts';

let metrics: ServerMetrics;
let admin: AdminListener;
let config: ServerConfig;
let reasons: string[];

async function open(given: Partial<ServerConfig> = {}): Promise<void> {
  config = resolveConfig({ adminPort: 0, ...given });
  reasons = [];
  metrics = createMetrics({
    sessions: () => [{ transport: 'grpc', model: 'm@1', count: 3 }],
    capacity: () => 10,
    loadRatio: () => 0.3,
    sendBufferBytes: () => 0,
    draining: () => false,
    sinkBacklog: () => [],
    version: '1',
    models: [],
  });
  const found = await AdminListener.open({
    config: () => config,
    registry: metrics.registry,
    notReady: () => reasons,
    version: () => ({ version: '1' }),
    streams: () => ({ streams: [] }),
    log: createLogger('silent'),
  });
  admin = found!;
}

const ask = (path: string, init: RequestInit = {}) => fetch(`${admin.url}${path}`, init);
const post = (path: string, init: RequestInit = {}) => ask(path, { method: 'POST', ...init });

beforeEach(() => open());
afterEach(async () => {
  await admin.close();
  metrics.close();
});

describe('the admin listener', () => {
  test('can be off', async () => {
    const sources = { config: () => resolveConfig({}) } as never;
    expect(await AdminListener.open(sources)).toBeNull();
  });

  test('shows metrics in the format that is asked for', async () => {
    const plain = await ask('/metrics');
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await plain.text()).toContain('undertone_sessions_active{transport="grpc",model="m@1"} 3\n');
    const open = await ask('/metrics', { headers: { accept: 'application/openmetrics-text' } });
    expect(open.headers.get('content-type')).toContain('application/openmetrics-text; version=1.0.0');
    expect(await open.text()).toMatch(/\n# EOF\n$/);
  });

  test('says that it lives, and whether a stream would be let in, or all that speaks against it', async () => {
    expect([(await ask('/livez')).status, (await ask('/readyz')).status]).toEqual([200, 200]);
    reasons = ['draining', 'full'];
    const answer = await ask('/readyz');
    expect([answer.status, await answer.text()]).toEqual([503, 'draining\nfull\n']);
    expect((await ask('/livez')).status).toBe(200);
  });

  test('answers versions and counts as JSON', async () => {
    expect(await (await ask('/version')).json()).toEqual({ version: '1' });
    expect(await (await ask('/debug/streams')).json()).toEqual({ streams: [] });
  });

  test.each(['/', '/metrics/', '//', '/debug/profile', '/%zz', '/v1/stream'])(
    'GET %s does not exist',
    async (path) => {
      const answer = await ask(path);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'not_found' });
    },
  );

  test('outlives what is no HTTP', async () => {
    const { hostname, port } = new URL(admin.url);
    for (const bytes of [
      '\0\0\0',
      'GET',
      `GET /metrics HTTP/9\r\n${'x'.repeat(70_000)}`,
      'POST * HTTP/1.1\r\n\r\n',
    ]) {
      const socket = connect(Number(port), hostname)
        .on('error', () => {})
        .resume();
      socket.end(bytes);
      await once(socket, 'close');
    }
    expect((await ask('/livez')).status).toBe(200);
  });
});

describe('who may ask', () => {
  test('without a token: callers on this machine, no web page, no other name', async () => {
    const page = await post('/debug/profile?seconds=1', { headers: { origin: 'https://example.org' } });
    expect([page.status, (await page.json()).code]).toEqual([403, 'forbidden']);
    const { hostname, port } = new URL(admin.url);
    const socket = connect(Number(port), hostname);
    socket.end('GET /metrics HTTP/1.1\r\nHost: attacker.example:80\r\nConnection: close\r\n\r\n');
    let answer = '';
    for await (const part of socket) answer += part;
    expect(answer).toContain('403 Forbidden');
  });

  test('with a token: who shows it, and probes', async () => {
    await admin.close();
    await open({ adminToken: 'open sesame'.replace(' ', '-') });
    const status = async (path: string, authorization?: string) =>
      (await ask(path, authorization === undefined ? {} : { headers: { authorization } })).status;
    expect(await status('/metrics', 'Bearer open-sesame')).toBe(200);
    expect(await status('/metrics', 'bearer open-sesame')).toBe(200);
    for (const wrong of [undefined, '', 'Bearer', 'Bearer open', 'Bearer open-sesame2', 'Basic open-sesame'])
      expect(await status('/metrics', wrong), wrong).toBe(401);
    expect(await status('/version')).toBe(401);
    expect([await status('/livez'), await status('/readyz')]).toEqual([200, 200]);
    // A new token counts from the moment it is in effect.
    config = { ...config, adminToken: 'other' };
    expect(await status('/metrics', 'Bearer open-sesame')).toBe(401);
    expect(await status('/metrics', 'Bearer other')).toBe(200);
  });
});

describe('profiles', () => {
  test('of the processor name the functions that ran', async () => {
    const pending = post('/debug/profile?seconds=0.3');
    const spinning = setInterval(spinForTheProfile, 1);
    onTestFinished(() => clearInterval(spinning));
    const answer = await pending;
    expect(answer.headers.get('content-disposition')).toMatch(/undertone-\d+-0\.cpuprofile/);
    const profile = (await answer.json()) as { nodes: { callFrame: { functionName: string } }[] };
    expect(profile.nodes.map(({ callFrame }) => callFrame.functionName)).toContain('spinForTheProfile');
  });

  test('are of another thread where that is asked for', async () => {
    const source = new URL('../observability/thread-profiles.ts', import.meta.url);
    const code = `(async () => {
      (await import('tsx/esm/api')).register();
      const { answerProfileRequests } = await import(${JSON.stringify(source.href)});
      answerProfileRequests();
      setInterval(function spinInTheThread() {
        const until = performance.now() + 20;
        while (performance.now() < until);
      }, 1);
      require('node:worker_threads').parentPort.postMessage('ready');
    })();`;
    const worker = new Worker(code, { eval: true, execArgv: ['--conditions=@undertone/source'] });
    await once(worker, 'message');
    const { threadId } = worker;
    const answer = await post(`/debug/profile?seconds=0.3&thread=${threadId}`);
    expect(await answer.text()).toContain('"spinInTheThread"');
    // A thread that dies meanwhile does not keep others from being profiled.
    const gone = new AbortController();
    const first = post(`/debug/heap?seconds=60&thread=${threadId}`, { signal: gone.signal });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await worker.terminate();
    gone.abort();
    await first.catch(() => {});
    await expect.poll(async () => (await post('/debug/profile?seconds=0.01')).status).toBe(200);
    const none = await post(`/debug/profile?seconds=1&thread=${threadId}`);
    expect([none.status, (await none.json()).code]).toEqual([404, 'not_found']);
    expect((await post('/debug/profile?thread=x')).status).toBe(400);
  });

  test('of memory have sites and sizes, and nothing that was said', async () => {
    const pending = post('/debug/heap?seconds=0.2');
    const kept = Array.from({ length: 20_000 }, (_, i) => `what somebody said ${i}`);
    const text = await (await pending).text();
    expect(kept).toHaveLength(20_000);
    expect(JSON.parse(text)).toMatchObject({ head: { callFrame: expect.anything() } });
    expect(text).not.toContain('what somebody said');
  });

  test('are taken one at a time, and none goes on for a caller who is gone', async () => {
    const gone = new AbortController();
    const first = post('/debug/profile?seconds=60', { signal: gone.signal }).catch(() => 'gone');
    await expect.poll(async () => (await post('/debug/heap?seconds=0.01')).status).toBe(503);
    gone.abort();
    expect(await first).toBe('gone');
    await expect.poll(async () => (await post('/debug/profile?seconds=0.01')).status).toBe(200);
  });

  test.each(['0', '-1', '61', 'x', '', 'NaN', 'Infinity'])('%j seconds are refused', async (seconds) => {
    const answer = await post(`/debug/profile?seconds=${seconds}`);
    expect([answer.status, (await answer.json()).code]).toEqual([400, 'bad_parameter']);
  });
});

function spinForTheProfile(): void {
  const until = performance.now() + 20;
  while (performance.now() < until);
}
