/** Refusals for clients that see no HTTP status, over real sockets. */
import { createHmac } from 'node:crypto';
import { errorSpecs } from '@undertone/core';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterEach, describe, expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { metric, startServer } from '../support/server.ts';
import { StreamClient } from '../support/stream-client.ts';

let server: UndertoneServer;
afterEach(() => server.close());

async function start(config: Partial<ServerConfig> = {}): Promise<void> {
  server = await startServer({ shutdownGraceMs: 100, ...config });
}

interface Knock {
  readonly status: number;
  readonly protocol?: string;
  readonly messages?: readonly unknown[];
  readonly close?: readonly [number, string];
}

const offered = ['undertone.v1', 'undertone.refusals.v1'];

interface Asked {
  readonly query?: string;
  readonly protocols?: string[];
  readonly options?: ClientOptions;
  /** Once it is open. */
  readonly send?: Uint8Array;
}

/** What a caller gets: a status, or messages and a close. One that is let in leaves at the first message. */
function knock({ query = '', protocols = offered, options = {}, send }: Asked = {}): Promise<Knock> {
  const socket = new WebSocket(server.url + query, protocols, options);
  const messages: unknown[] = [];
  return new Promise((resolve, reject) => {
    socket.on('open', () => send && socket.send(send));
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)));
      if (socket.protocol !== 'undertone.refusals.v1') socket.close(1000);
    });
    socket.on('close', (code, reason) =>
      resolve({ status: 101, protocol: socket.protocol, messages, close: [code, String(reason)] }),
    );
    socket.on('unexpected-response', (_, response) => {
      response.resume();
      resolve({ status: response.statusCode! });
    });
    socket.on('error', reject);
  });
}

const told = (code: keyof typeof errorSpecs, message: RegExp, retry: object = {}): Knock => ({
  status: 101,
  protocol: 'undertone.refusals.v1',
  messages: [{ type: 'Error', code, message: expect.stringMatching(message), fatal: true, ...retry }],
  close: [errorSpecs[code].closeCode, code],
});

const secret = 'a secret of more than thirty-two bytes';

function expiredToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) - 60;
  const signed = `${part({ alg: 'HS256' })}.${part({ sub: 'visitor', exp })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

describe('a client that offers to hear of refusals as messages', () => {
  test('hears that its token has expired, and it is counted like any other refusal', async () => {
    await start({ jwtSecret: secret });
    const protocols = [...offered, 'bearer', expiredToken()];
    expect(await knock({ protocols })).toEqual(told('unauthorized', /expired|valid|token/i));
    expect((await knock({ protocols: ['undertone.v1', 'bearer', expiredToken()] })).status).toBe(401);
    expect(await metric(server, 'undertone_errors_total{code="unauthorized"}')).toBe(2);
    expect(await metric(server, 'undertone_sessions_active')).toBe(0);
  });

  test('hears of a full server, and when to come back', async () => {
    await start({ maxSessions: 1 });
    const stream = await StreamClient.open(server.url);
    expect(await knock()).toEqual(told('overloaded', /./, { retry_after_ms: 1000 }));
    expect((await knock({ protocols: ['undertone.v1'] })).status).toBe(503);
    await stream.finish();
  });

  test('hears of a parameter that is wrong, whatever it sends', async () => {
    await start();
    const wrong = told('bad_parameter', /encoding/);
    expect(await knock({ query: '?encoding=opus' })).toEqual(wrong);
    expect(await knock({ query: '?encoding=opus', send: new Uint8Array(500_000) })).toEqual(wrong);
  });

  test('gets a stream like everybody where it is let in', async () => {
    await start();
    const found = await knock();
    expect(found).toMatchObject({ protocol: 'undertone.v1', close: [1000, ''] });
    expect(found.messages![0]).toMatchObject({ type: 'Begin' });
  });

  test('gets the status alone from an address that failed too often', async () => {
    await start({ jwtSecret: secret });
    const protocols = [...offered, 'bearer', 'x.y.z'];
    const answers: number[] = [];
    for (let i = 0; i < 25; i++) answers.push((await knock({ protocols })).status);
    expect(answers[0]).toBe(101);
    expect(answers.at(-1)).toBe(429);
    // Whatever else is wrong.
    expect((await knock({ protocols, query: '?encoding=opus' })).status).toBe(400);
  });

  test('gets the status alone on a page that is not let in, also from a full server', async () => {
    await start({ maxSessions: 1, allowOrigin: ['https://app.example.com'] });
    const options = { origin: 'https://evil.example' };
    expect((await knock({ options })).status).toBe(403);
    const stream = await StreamClient.open(server.url);
    expect((await knock({ options })).status).toBe(503);
    expect((await knock({ options: { origin: 'https://app.example.com' } })).status).toBe(101);
    await stream.finish();
  });
});
