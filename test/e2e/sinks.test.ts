import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { ServerMessage } from '@undertone/proto';
import { afterEach, expect, test } from 'vitest';
import { NatsServer } from '../support/nats-server.ts';
import { metric, startServer } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const isDurable = (message: ServerMessage): boolean =>
  message.type === 'Emotion' ? message.is_final : ['Begin', 'Gap', 'Error', 'Summary'].includes(message.type);
/** As it is in an event. */
function dataOf({ seq: _, ...data }: ServerMessage): unknown {
  return data;
}

async function webhook(): Promise<{ url: string; data: unknown[] }> {
  const data: unknown[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    data.push(JSON.parse(body).data);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, data };
}

async function inStream(nats: NatsServer, count: number): Promise<unknown[]> {
  const connection = await connect({ servers: nats.url });
  closing.push(() => connection.close());
  const manager = await jetstreamManager(connection);
  for (;;) {
    const info = await manager.streams.info('results').catch(() => null);
    if (info && info.state.messages >= count) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const data: unknown[] = [];
  const consumer = await manager.jetstream().consumers.get('results');
  for await (const message of await consumer.consume()) {
    data.push(message.json<{ data: unknown }>().data);
    if (message.info.pending === 0) break;
  }
  return data;
}

test('with NATS away a server starts, is ready and recognises; what is durable is kept for NATS, and webhooks have it at once', async () => {
  const nats = await NatsServer.create();
  closing.push(() => nats.remove());
  const hook = await webhook();
  const server = await startServer({
    rateLimit: 0,
    adminPort: 0,
    natsUrl: [nats.url],
    natsStream: 'results',
    webhookUrl: [hook.url],
    webhookSecret: [`whsec_${Buffer.alloc(24, 1).toString('base64')}`],
  });
  closing.push(() => server.close());
  const ready = await fetch(`${server.url.replace('ws:', 'http:').replace('/v1/stream', '')}/readyz`);
  expect(ready.status).toBe(200);
  const client = await StreamClient.open(server.url);
  client.sendAudio(bytesOf(speech('speech_angry_f')), 6400);
  await client.finish();
  const expected = client.messages.filter(isDurable).map(dataOf);
  expect(expected.length).toBeGreaterThan(2);
  while (hook.data.length < expected.length) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(hook.data).toEqual(expected);
  expect(await metric(server, 'undertone_sink_backlog_events{sink="nats"}')).toBe(expected.length);
  await nats.start();
  expect(await inStream(nats, expected.length)).toEqual(expected);
});
