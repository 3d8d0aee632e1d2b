/** Who is let in, over real sockets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { createServer, type UndertoneServer } from '../app.ts';
import type { ServerConfig } from '../config/fields.ts';
import { hashApiKey, newApiKey } from './api-key.ts';
import { formatKeyFile, type KeyEntry } from './key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-doors-'));
const keysFile = join(folder, 'keys.json');
const key = newApiKey();
const model = new URL('../../../models/default', import.meta.url).pathname;
let server: UndertoneServer;
afterEach(() => server.close());
afterAll(() => rmSync(folder, { recursive: true }));

async function start(config: Partial<ServerConfig> = {}): Promise<void> {
  server = await createServer({ port: 0, adminPort: 0, logLevel: 'silent', model: [model], ...config });
}

async function startWithKey(
  entry: Partial<KeyEntry> = {},
  config: Partial<ServerConfig> = {},
): Promise<void> {
  writeFileSync(keysFile, formatKeyFile([{ id: 'team', sha256: hashApiKey(key), ...entry }]));
  await start({ keysFile, ...config });
}

interface Outcome {
  readonly status: number;
  readonly code?: string;
  readonly protocol?: string;
  readonly headers?: NodeJS.Dict<string | string[]>;
}

/** Where callers have credentials, they have to say who speaks. */
const asCustomer = '?channel_roles=customer';

/** Asks for a stream; one that is opened is closed again. */
function connect(
  query = asCustomer,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<Outcome> {
  const socket = new WebSocket(server.url + query, protocols, options);
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      resolve({ status: 101, protocol: socket.protocol });
      socket.terminate();
    });
    socket.on('unexpected-response', (_, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        const { code } = JSON.parse(body) as { code: string };
        resolve({ status: response.statusCode!, code, headers: response.headers });
      });
    });
    socket.on('error', reject);
  });
}

const withKey = (shown: string): ClientOptions => ({ headers: { Authorization: `Bearer ${shown}` } });

function askToken(shown: string, body = ''): Promise<Response> {
  const url = server.url.replace('ws:', 'http:').replace('/v1/stream', '/v1/tokens');
  return fetch(url, { method: 'POST', body, headers: { Authorization: `Bearer ${shown}` } });
}

async function failures(reason: string): Promise<number> {
  const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
  const line = text
    .split('\n')
    .find((each) => each.startsWith('undertone_auth_failures_total') && each.includes(`"${reason}"`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

describe('a server with keys', () => {
  test('lets in who shows one, by header or subprotocol, and repeats no secret', async () => {
    await startWithKey();
    expect(await connect(asCustomer, [], withKey(key))).toMatchObject({ status: 101 });
    const token = { headers: { Authorization: `Token ${key}` } };
    expect(await connect(asCustomer, [], token)).toMatchObject({ status: 101 });
    expect(await connect(asCustomer, ['bearer', key, 'undertone.v1'])).toEqual({
      status: 101,
      protocol: 'undertone.v1',
    });
    expect(await connect(asCustomer, ['token', key])).toEqual({ status: 101, protocol: 'token' });
  });

  test('refuses everybody else before the upgrade', async () => {
    await startWithKey();
    expect(await connect()).toMatchObject({
      status: 401,
      code: 'unauthorized',
      headers: { 'www-authenticate': 'Bearer' },
    });
    expect(await connect(asCustomer, [], withKey(newApiKey()))).toMatchObject({ status: 401 });
    expect(await connect(asCustomer, ['bearer'])).toMatchObject({ status: 401 });
    expect(await connect(`?token=${key}`)).toMatchObject({ status: 400, code: 'bad_parameter' });
    expect(await failures('missing')).toBe(1);
    expect(await failures('unknown_key')).toBe(1);
    expect(await failures('in_address')).toBe(1);
  });

  test('holds a key to its models and roles', async () => {
    await startWithKey({ models: ['other'], roles: ['customer'] });
    expect(await connect(asCustomer, [], withKey(key))).toMatchObject({ status: 403, code: 'forbidden' });
    await server.close();
    await startWithKey({ roles: ['customer'] });
    expect(await connect(asCustomer, [], withKey(key))).toMatchObject({ status: 101 });
    expect(await connect('?channel_roles=unknown', [], withKey(key))).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
  });

  test('lets a key have no more streams at a time than it may, also by tokens made with it', async () => {
    await startWithKey({ maxSessions: 2 });
    const { token } = (await (await askToken(key)).json()) as { token: string };
    const open = [key, token].map((shown) => new WebSocket(server.url + asCustomer, withKey(shown)));
    await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('open', resolve))));
    for (const shown of [key, token])
      expect(await connect(asCustomer, [], withKey(shown))).toMatchObject({
        status: 429,
        code: 'too_many_sessions',
      });
    for (const socket of open) socket.terminate();
    await expect.poll(async () => (await connect(asCustomer, [], withKey(key))).status).toBe(101);
  });

  test('takes a new file of keys when it is told to, and keeps the old ones over a broken one', async () => {
    await startWithKey();
    const fresh = newApiKey();
    const reload = (): Promise<boolean> => server.reload(() => ({ keysFile, logLevel: 'silent' }));
    writeFileSync(keysFile, '{"keys": [{}]}');
    expect(await reload()).toBe(false);
    expect(await connect(asCustomer, [], withKey(key))).toMatchObject({ status: 101 });
    writeFileSync(keysFile, formatKeyFile([{ id: 'fresh', sha256: hashApiKey(fresh) }]));
    expect(await reload()).toBe(true);
    expect(await connect(asCustomer, [], withKey(key))).toMatchObject({ status: 401 });
    expect(await connect(asCustomer, [], withKey(fresh))).toMatchObject({ status: 101 });
  });
});

describe('tokens for browsers', () => {
  test('a key makes one, which opens a stream and makes no others', async () => {
    await startWithKey();
    const answer = await askToken(key, '{"ttl_seconds": 30}');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { token, expires_in_seconds } = (await answer.json()) as Record<string, string>;
    expect(expires_in_seconds).toBe(30);
    expect(await connect(asCustomer, ['undertone.v1', 'bearer', token!])).toMatchObject({ status: 101 });
    const again = await askToken(token!);
    expect([again.status, (await again.json()).code]).toEqual([403, 'forbidden']);
  });

  test.each([
    ['{"ttl_seconds": 3601}', 400],
    ['{"ttl_seconds": 0}', 400],
    ['{"ttl": 5}', 400],
    ['{"max_sessions": "x"}', 400],
    ['[]', 400],
    ['{', 400],
    ['{"models": ["other"]}', 403],
    ['{"operator": true}', 403],
    ['{"operator": 1}', 400],
    ['{"operator": false}', 200],
    ['x'.repeat(5000), 413],
    ['', 200],
  ])('%.30s is answered with %i', async (body, status) => {
    await startWithKey({ models: ['undertone'] });
    expect((await askToken(key, body)).status).toBe(status);
  });

  test.each([
    ['{"ttl_seconds": 3601}', 'Expected ttl_seconds to be a whole number from 1 to 3600; got 3601.'],
    ['[5]', 'Expected the body to be an object; got [5].'],
    ['{"ttl": 5}', 'Expected fields out of ttl_seconds, models, roles, max_sessions, operator; got "ttl".'],
  ])('%s is refused with what came', async (body, message) => {
    await startWithKey();
    expect(await (await askToken(key, body)).json()).toMatchObject({ code: 'bad_parameter', message });
  });

  test('nobody gets one without a key, or where there are no keys', async () => {
    await startWithKey();
    expect((await askToken(newApiKey())).status).toBe(401);
    expect((await askToken('x.y.z')).status).toBe(403);
    await server.close();
    await start();
    expect((await askToken(key)).status).toBe(404);
  });
});

describe('pages', () => {
  const from = (origin: string): ClientOptions => ({ origin });

  test('of this machine may connect where there are no credentials, others not', async () => {
    await start();
    const own = server.url.replace('ws:', 'http:').replace('/v1/stream', '');
    expect(await connect(asCustomer, [], from(own))).toMatchObject({ status: 101 });
    expect(await connect(asCustomer, [], from('https://evil.example'))).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    const rebound = { origin: 'http://evil.example', headers: { Host: 'evil.example' } };
    expect(await connect(asCustomer, [], rebound)).toMatchObject({ status: 403 });
    expect(await failures('origin')).toBe(2);
  });

  test('that are listed may connect with a credential', async () => {
    await startWithKey({}, { allowOrigin: ['https://app.example.com'] });
    const listed = { ...from('https://app.example.com'), ...withKey(key) };
    expect(await connect(asCustomer, [], listed)).toMatchObject({ status: 101 });
    expect(await connect(asCustomer, [], from('https://app.example.com'))).toMatchObject({ status: 401 });
  });
});

test('a server that others could reach does not start without credentials', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toThrowError(
    expect.objectContaining({ code: 'bad_config', message: expect.stringContaining('--insecure-no-auth') }),
  );
  await start({ host: '0.0.0.0', insecureNoAuth: true });
  expect(server.port).toBeGreaterThan(0);
});
