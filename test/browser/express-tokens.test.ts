import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../e2e/run-command.ts';
import { startServer } from '../support/server.ts';
import { StreamClient } from '../support/stream-client.ts';
import { type ExampleProcess, startExample } from './support/example-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-tokens-'));
let server: UndertoneServer;
let backEnd: ExampleProcess;
beforeAll(async () => {
  const keysFile = join(folder, 'keys.json');
  const { stdout } = await runCommand('server/src/main.ts', [
    'keys',
    'create',
    '--id',
    'shop',
    '--file',
    keysFile,
  ]);
  server = await startServer({ keysFile });
  backEnd = await startExample('express-tokens/server.js', {
    UNDERTONE_URL: `http://127.0.0.1:${server.port}`,
    UNDERTONE_API_KEY: /utk_\S+/.exec(stdout)![0],
  });
});
afterAll(async () => {
  await backEnd?.stop();
  await server?.close();
  rmSync(folder, { recursive: true });
});

it('the Express example gives a page a token that opens one stream, and keeps the key', async () => {
  const response = await fetch(`${backEnd.origin}/undertone-token`, { method: 'POST' });
  expect(response.headers.get('cache-control')).toBe('no-store');
  const text = await response.text();
  expect(text).not.toContain('utk_');
  const { token } = JSON.parse(text) as { token: string };
  const client = await StreamClient.open(server.url, 'channel_roles=customer', [
    'undertone.v1',
    'bearer',
    token,
  ]);
  await client.first('Begin');
  const second = StreamClient.open(server.url, 'channel_roles=customer', ['undertone.v1', 'bearer', token]);
  await expect(second).rejects.toThrow('429');
  await client.finish();
});
