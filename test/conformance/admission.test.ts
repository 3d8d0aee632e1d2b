/** How many are let in at once, over real sockets. */
import { request } from 'node:http';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { getAdmin, metric, startServer } from '../support/server.ts';
import { StreamClient } from '../support/stream-client.ts';

let server: UndertoneServer;
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server.close();
});

async function start(config: Partial<ServerConfig> = {}): Promise<void> {
  server = await startServer({ shutdownGraceMs: 100, ...config });
}

/** The HTTP status that a caller gets, 101 when it is let in, and the error's code. */
function knock(): Promise<{ status: number; code?: string; wait?: string }> {
  const socket = new WebSocket(server.url);
  sockets.push(socket);
  return new Promise((resolve) => {
    socket.on('open', () => resolve({ status: 101 }));
    socket.on('error', () => {});
    socket.on('unexpected-response', (_, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        const { code } = JSON.parse(body) as { code: string };
        resolve({ status: response.statusCode!, code, wait: response.headers['retry-after'] ?? '' });
      });
    });
  });
}

/** The HTTP status of an upgrade with a version of the protocol that there is not. */
function knockWrongly(): Promise<number> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '1',
  };
  return new Promise((resolve, reject) => {
    const call = request(server.url.replace('ws:', 'http:'), { headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    });
    call.on('error', reject).end();
  });
}

const audio = new Uint8Array(3200);

describe('a server with few places', () => {
  test('lets in as many of a thousand callers at once as there are places, and tells the others when to come back', async () => {
    await start({ maxSessions: 40 });
    const answers = await Promise.all(Array.from({ length: 1000 }, () => knock()));
    const admitted = answers.filter(({ status }) => status === 101);
    const refused = answers.filter(({ status }) => status !== 101);
    expect(admitted).toHaveLength(40);
    for (const answer of refused) expect(answer).toEqual({ status: 503, code: 'overloaded', wait: '1' });
    expect(await metric(server, 'undertone_sessions_active')).toBe(40);
    expect(await metric(server, 'undertone_session_capacity')).toBe(40);
    expect(await metric(server, 'undertone_load_ratio')).toBe(1);
    expect((await getAdmin(server, '/readyz')).status).toBe(503);
  });

  test('those that were let in are served while others knock, and their places are given again', async () => {
    await start({ maxSessions: 2 });
    const streams = await Promise.all([StreamClient.open(server.url), StreamClient.open(server.url)]);
    for (let i = 0; i < 20; i++) {
      for (const stream of streams) stream.sendAudio(audio);
      expect((await knock()).status).toBe(503);
    }
    for (const stream of streams) expect((await stream.finish()).audio_s).toBeCloseTo(2);
    await Promise.all([knock(), knock()]).then((answers) =>
      expect(answers.map(({ status }) => status)).toEqual([101, 101]),
    );
  });

  test('a caller whose handshake fails, or who leaves at once, keeps no place', async () => {
    await start({ maxSessions: 1 });
    for (let i = 0; i < 5; i++) {
      // Refused by the handshake, when it has its place.
      expect(await knockWrongly()).toBe(400);
    }
    const gone = new WebSocket(server.url);
    gone.on('error', () => {});
    await new Promise<void>((resolve) => {
      gone.on('upgrade', () => {
        gone.terminate();
        resolve();
      });
    });
    await expect.poll(async () => (await knock()).status).toBe(101);
  });
});
