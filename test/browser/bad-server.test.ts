/** What a page is told when its server is not there, not the right one, or not the one that it was. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { RecognizerOptions } from '@undertone/client-sdk';
import type { UndertoneServer } from '@undertone/server';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { startServer } from '../support/server.ts';
import { StreamClient } from '../support/stream-client.ts';
import { breakableNetwork } from './support/breakable-network.ts';
import { launchChromium } from './support/chromium.ts';
import { openPage, serveSdk } from './support/sdk-page.ts';
import { type StaticServer, strictPolicy } from './support/static-server.ts';

let browser: Browser;
let files: StaticServer;
let page: Page;
beforeAll(async () => {
  files = await serveSdk();
  browser = await launchChromium();
});
beforeEach(async () => {
  page = await openPage(browser, files);
});
afterEach(() => page.close());
afterAll(async () => {
  await browser?.close();
  await files?.close();
});

interface Outcome {
  readonly code: string;
  readonly message: string;
  readonly events: readonly string[];
  readonly place: string;
  readonly labels: readonly (string | null)[];
}

interface Try {
  readonly options: RecognizerOptions;
  /** Asked for at each connect, in turn; the last one stays. */
  readonly tokens?: readonly string[];
  /** Between packets of 100 ms. Default 0. */
  readonly pauseMs?: number;
}

/** Streams a sentence; `code` is empty when it ends in order. */
function outcome(on: Page, attempt: Try): Promise<Outcome> {
  return on.evaluate(async ({ options, tokens, pauseMs = 0 }) => {
    window.streamEvents = [];
    const wav = await (await fetch('/wav/speech_angry_f.wav')).arrayBuffer();
    const speech = new Int16Array(wav.slice(44, wav.byteLength - (wav.byteLength % 2)));
    let asked = 0;
    const token = tokens ? { token: () => tokens[Math.min(asked++, tokens.length - 1)]! } : {};
    const recognizer = new window.undertone.Recognizer({ ...options, ...token });
    const events: string[] = [];
    const labels: (string | null)[] = [];
    for (const name of ['begin', 'fallback', 'reconnecting', 'reconnected'] as const) {
      recognizer.on(name, () => {
        events.push(name);
        window.streamEvents = events;
      });
    }
    recognizer.on('emotion', ({ is_final, label }) => {
      if (is_final) labels.push(label);
    });
    let error = { code: '', message: '' };
    try {
      for (let at = 0; at < speech.length; at += 1600) {
        await recognizer.write(speech.subarray(at, at + 1600));
        if (pauseMs) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
      await recognizer.close();
    } catch (cause) {
      error = cause as typeof error;
    }
    const { code, message } = error;
    return { code, message, events, place: recognizer.place, labels };
  }, attempt);
}

declare global {
  interface Window {
    streamEvents?: readonly string[];
  }
}

it('nobody there: names what to check', async () => {
  const { code, message } = await outcome(page, { options: { url: 'ws://127.0.0.1:1' } });
  expect(code).toBe('connection_failed');
  expect(message).toContain('127.0.0.1:1');
  expect(message).toContain('that the server runs');
});

it('nobody there, in the mode auto: says so and hears on the device', async () => {
  const found = await outcome(page, { options: { mode: 'auto', url: 'ws://127.0.0.1:1' } });
  expect(found).toMatchObject({ code: '', place: 'local', events: ['fallback', 'begin'] });
  expect(found.labels).toHaveLength(1);
});

it('a page that the server does not let in is named', async () => {
  const server = await startServer({ allowOrigin: ['https://app.example.com'] });
  try {
    const { code, message } = await outcome(page, { options: { url: server.url } });
    expect(code).toBe('connection_failed');
    expect(message).toContain(`that it lets pages of ${files.origin} in (allowOrigin)`);
  } finally {
    await server.close();
  }
});

it('a policy that does not name the server is named', async () => {
  const server = await startServer({ allowOrigin: ['*'] });
  const policy = strictPolicy.replace(/connect-src [^;]+/, "connect-src 'self'");
  const strict = await serveSdk({ policy });
  const other = await openPage(browser, strict);
  try {
    const { code, message } = await outcome(other, {
      options: { url: server.url, connectTimeoutMs: 2000 },
    });
    expect(code).toBe('connection_failed');
    expect(message).toContain("that connect-src of this page's Content-Security-Policy names it");
  } finally {
    await other.close();
    await strict.close();
    await server.close();
  }
});

it('no server at all but a web page: the message says that no stream opened', async () => {
  const { code, message } = await outcome(page, { options: { url: files.origin.replace('http', 'ws') } });
  expect(code).toBe('connection_failed');
  expect(message).toContain(files.origin.replace('http://', ''));
});

const secret = 'a secret of more than thirty-two bytes';

/** A JSON web token that ends so long from now. */
function tokenOf(seconds: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const signed = `${part({ alg: 'HS256' })}.${part({ sub: 'visitor', exp })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

it('a token that has expired: the page is told so, and auto does not hide it', async () => {
  const server = await startServer({ jwtSecret: secret, allowOrigin: ['*'] });
  const expired = tokenOf(-60);
  const options = { url: server.url, channelRoles: ['customer'] } as const;
  try {
    const { code, message } = await outcome(page, { options, tokens: [expired] });
    expect(code).toBe('unauthorized');
    expect(message).toContain('token');
    const auto = await outcome(page, { options: { ...options, mode: 'auto' }, tokens: [expired] });
    expect(auto).toMatchObject({ code: 'unauthorized', place: 'server', events: [] });
    const { code: fresh } = await outcome(page, { options, tokens: [tokenOf(60)] });
    expect(fresh).toBe('');
  } finally {
    await server.close();
  }
});

it('a server that is full: the page is told so, and auto hears on the device', async () => {
  const server = await startServer({ maxSessions: 1, allowOrigin: ['*'] });
  const options = { url: server.url };
  const stream = await StreamClient.open(server.url);
  try {
    expect(await outcome(page, { options })).toMatchObject({ code: 'overloaded', events: [] });
    const auto = await outcome(page, { options: { ...options, mode: 'auto' } });
    expect(auto).toMatchObject({ code: '', place: 'local', events: ['fallback', 'begin'] });
  } finally {
    await stream.finish();
    await server.close();
  }
});

it('a model that the server does not have: the page is told which it has', async () => {
  const server = await startServer({ allowOrigin: ['*'] });
  try {
    const { code } = await outcome(page, { options: { url: server.url, model: 'nobody' } });
    expect(code).toBe('unknown_model');
  } finally {
    await server.close();
  }
});

it('a token that expires while it is heard: the connection that follows a loss gets a new one', async () => {
  const server = await startServer({ jwtSecret: secret, allowOrigin: ['*'] });
  const network = await breakableNetwork(server.port);
  try {
    const streaming = outcome(page, {
      options: { url: `ws://127.0.0.1:${network.port}`, channelRoles: ['customer'] },
      // The old one would be refused: the server takes ten seconds for clocks that differ.
      tokens: [tokenOf(-7), tokenOf(60)],
      pauseMs: 200,
    });
    await page.waitForFunction(() => window.streamEvents?.includes('begin'));
    await new Promise((resolve) => setTimeout(resolve, 3500));
    network.cut();
    network.restore();
    const found = await streaming;
    expect(found).toMatchObject({ code: '', events: ['begin', 'reconnecting', 'reconnected'] });
    expect(found.labels).toHaveLength(1);
  } finally {
    await network.close();
    await server.close();
  }
});

it('a server that was restarted and cannot know the stream: says what to do about it', async () => {
  let server: UndertoneServer = await startServer({ allowOrigin: ['*'], drainSeconds: 0 });
  const network = await breakableNetwork(() => server.port);
  try {
    const options = { url: `ws://127.0.0.1:${network.port}` };
    const streaming = outcome(page, { options, pauseMs: 100 });
    await page.waitForFunction(() => window.streamEvents?.includes('begin'));
    await server.close();
    server = await startServer({ allowOrigin: ['*'] });
    const { code, message } = await streaming;
    expect(code).toBe('bad_checkpoint');
    expect(message).toContain('--checkpoint-key-file');
  } finally {
    await network.close();
    await server.close();
  }
});

/** A server that says `begin`, gives one result, and a summary when it is asked. */
async function serveScript(begin: object): Promise<{ readonly url: string; close(): void; cut(): void }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    const say = (message: object): void => socket.send(JSON.stringify({ session_id: 'ut_1', ...message }));
    say({ type: 'Begin', seq: 0, ...begin });
    const result = { type: 'Emotion', seq: 1, id: 'ut_1:0:0:0', channel: 0, ordinal: 0, is_final: true };
    say({ ...result, label: 'angry' });
    socket.on('message', (data, isBinary) => {
      if (isBinary || !String(data).includes('CloseStream')) return;
      say({ type: 'Summary', seq: 2, audio_s: 1, per_channel: [] });
      socket.close(1000);
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
    cut: () => {
      for (const socket of server.clients) socket.terminate();
    },
  };
}

it('a server of another protocol: says which', async () => {
  const server = await serveScript({ protocol: 'undertone.v9', config: {} });
  const { code, message } = await outcome(page, { options: { url: server.url } });
  expect(code).toBe('protocol_mismatch');
  expect(message).toMatch(/undertone\.v1.*undertone\.v9/);
  server.close();
});

it('an old server without checkpoints: is heard, and a loss of its connection is told', async () => {
  const server = await serveScript({ protocol: 'undertone.v1', config: { encoding: 'linear16' } });
  const options = { url: server.url };
  expect(await outcome(page, { options })).toMatchObject({ code: '', labels: ['angry'] });
  const streaming = outcome(page, { options, pauseMs: 50 });
  await page.waitForFunction(() => window.streamEvents?.includes('begin'));
  server.cut();
  expect(await streaming).toMatchObject({ code: 'connection_lost', events: ['begin'] });
  server.close();
});
