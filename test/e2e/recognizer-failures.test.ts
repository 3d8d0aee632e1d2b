/** What goes wrong between a program and its server, and what the program is told. */
import { createHmac, randomBytes } from 'node:crypto';
import { type Emotion, Recognizer, type RecognizerOptions } from '@undertone/client-sdk';
import type { UndertoneServer } from '@undertone/server';
import { afterEach, describe, expect, it } from 'vitest';
import { type BreakableNetwork, breakableNetwork, type Cut } from '../browser/support/breakable-network.ts';
import { comparable } from '../browser/support/recording.ts';
import { differences } from '../support/differences.ts';
import { startServer } from '../support/server.ts';
import { speech } from '../support/speech.ts';

const servers: UndertoneServer[] = [];
const networks: BreakableNetwork[] = [];
afterEach(async () => {
  await Promise.all(networks.splice(0).map((network) => network.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(config: Parameters<typeof startServer>[0] = {}): Promise<UndertoneServer> {
  const server = await startServer({ drainSeconds: 0, ...config });
  servers.push(server);
  return server;
}

async function networkTo(target: number | (() => number)): Promise<BreakableNetwork> {
  const network = await breakableNetwork(target);
  networks.push(network);
  return network;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const event = (recognizer: Recognizer, name: 'reconnecting' | 'reconnected' | 'close'): Promise<void> =>
  new Promise((resolve) => recognizer.on(name, () => resolve()));

const secret = (): string => randomBytes(32).toString('base64url');

function token(secondsToLive: number, signedWith: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + secondsToLive;
  const head = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'me', exp })}`;
  return `${head}.${createHmac('sha256', signedWith).update(head).digest('base64url')}`;
}

describe('a token', () => {
  const options = { channelRoles: ['customer'], reconnect: { firstDelayMs: 1 } } as const;

  it('that has expired is refused, and nothing falls back', async () => {
    const jwtSecret = secret();
    const { url } = await start({ jwtSecret });
    for (const mode of ['server', 'auto'] as const) {
      const recognizer = new Recognizer({ ...options, mode, url, token: token(-60, jwtSecret) });
      await expect(recognizer.opened).rejects.toMatchObject({
        code: 'unauthorized',
        message: expect.stringMatching(/expired/),
      });
    }
  });

  it('that is worth nothing any more ends the stream at the next loss; a function brings a new one', async () => {
    const checkpointKey = [secret()];
    const [oldSecret, newSecret] = [secret(), secret()];
    let server = await start({ checkpointKey, jwtSecret: oldSecret });
    const network = await networkTo(() => server.port);
    const url = `ws://127.0.0.1:${network.port}`;
    let asked = 0;
    const renew = (): string => token(60, asked++ === 0 ? oldSecret : newSecret);
    const fixed = new Recognizer({ ...options, url, token: token(60, oldSecret) });
    const renewed = new Recognizer({ ...options, url, token: renew });
    await Promise.all([fixed.write(new Int16Array(1600)), renewed.write(new Int16Array(1600))]);
    const back = event(renewed, 'reconnected');
    server = await start({ checkpointKey, jwtSecret: newSecret });
    network.cut();
    network.restore();
    await back;
    await expect(fixed.close()).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await renewed.close()).toMatchObject({ audio_s: 0.1 });
  });
});

describe('a server that is restarted', () => {
  it('without the key of its checkpoints refuses the stream, and the program is told what to do', async () => {
    let server = await start();
    const network = await networkTo(() => server.port);
    const recognizer = new Recognizer({
      url: `ws://127.0.0.1:${network.port}`,
      reconnect: { firstDelayMs: 1, maxDelayMs: 50 },
    });
    await recognizer.write(new Int16Array(16_000));
    const lost = event(recognizer, 'reconnecting');
    await servers.pop()!.close();
    server = await start();
    await lost;
    await expect(recognizer.close()).rejects.toMatchObject({
      code: 'bad_checkpoint',
      message: expect.stringMatching(/restarted.*--checkpoint-key-file.*Begin a new stream/),
    });
  });

  it('with it goes on as if nothing had been', async () => {
    const checkpointKey = [secret()];
    let server = await start({ checkpointKey });
    const network = await networkTo(() => server.port);
    const recognizer = new Recognizer({
      url: `ws://127.0.0.1:${network.port}`,
      reconnect: { firstDelayMs: 1, maxDelayMs: 50 },
    });
    await recognizer.write(new Int16Array(16_000));
    const back = event(recognizer, 'reconnected');
    await servers.pop()!.close();
    server = await start({ checkpointKey });
    await back;
    await recognizer.write(new Int16Array(16_000));
    expect(await recognizer.close()).toMatchObject({ audio_s: 2, reason: 'client_close' });
  });
});

const samples = speech('speech_angry_f', 'speech_sad_m', 'speech_happy_f');

/** At the speed of speech, as from a microphone; at once where nobody looks at the packets. */
async function* live(onPacket: ((index: number) => void) | null): AsyncGenerator<Int16Array> {
  const startMs = performance.now();
  for (let at = 0; at < samples.length; at += 1600) {
    const dueMs = startMs + (at + 1600) / 16 - performance.now();
    if (onPacket && dueMs > 0) await wait(dueMs);
    onPacket?.(at / 1600);
    yield samples.subarray(at, at + 1600);
  }
}

async function finals(options: RecognizerOptions, onPacket: ((index: number) => void) | null = null) {
  const recognizer = new Recognizer(options);
  const results: Emotion[] = [];
  let reconnects = 0;
  recognizer.on('emotion', (message) => {
    if (message.is_final) results.push(message);
  });
  recognizer.on('reconnected', () => reconnects++);
  await recognizer.listen({
    format: { encoding: 'linear16', sampleRateHz: 16_000, channels: 1 },
    settings: {},
    stop: async () => {},
    [Symbol.asyncIterator]: () => live(onPacket),
  });
  return { results, reconnects };
}

describe('a network that is cut in the middle of speech', () => {
  it.concurrent.each<[number, Cut]>([
    [1, 'reset'],
    [1, 'silent'],
    [5, 'reset'],
    [5, 'silent'],
    [20, 'reset'],
    [20, 'silent'],
  ])(
    'for %i s (%s): every final result comes once, with the scores of an undisturbed stream',
    async (seconds, kind) => {
      const server = await startServer();
      const network = await breakableNetwork(server.port);
      try {
        const disturbed = await finals({ url: `ws://127.0.0.1:${network.port}` }, (index) => {
          if (index !== 20) return;
          network.cut(kind);
          setTimeout(() => network.restore(), seconds * 1000);
        });
        expect(disturbed.reconnects).toBeGreaterThan(0);
        expect(disturbed.results.length).toBeGreaterThanOrEqual(3);
        expect(new Set(disturbed.results.map(({ id }) => id)).size).toBe(disturbed.results.length);
        const { results } = await finals({ url: server.url });
        expect(differences(comparable(disturbed.results), comparable(results), 1e-6)).toEqual([]);
      } finally {
        await network.close();
        await server.close();
      }
    },
  );

  it('for ever: the program is told after the time that was set', async () => {
    const server = await start();
    const network = await networkTo(server.port);
    const recognizer = new Recognizer({
      url: `ws://127.0.0.1:${network.port}`,
      reconnect: { giveUpAfterMs: 300, maxDelayMs: 50 },
    });
    await recognizer.write(new Int16Array(1600));
    network.cut();
    await event(recognizer, 'close');
    await expect(recognizer.close()).rejects.toMatchObject({ code: expect.stringMatching(/^connection_/) });
  });
});
