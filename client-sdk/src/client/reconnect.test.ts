import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AudioGap } from './audio-input.ts';
import { Recognizer } from './recognizer.ts';
import type { RecognizerOptions } from './recognizer-options.ts';

// A server scripted connection by connection; what a real one restores is tested in test/conformance.
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const text = (message: object): string => JSON.stringify({ session_id: 's', seq: 0, ...message });
const begin = (more: object = {}): string =>
  text({ type: 'Begin', protocol: 'undertone.v1', config: { checkpoints: true }, ...more });
const checkpoint = (sample: number): string =>
  text({ type: 'Checkpoint', time: 0, sample, checkpoint: `at${sample}` });
const started = (ordinal: number): string =>
  text({ type: 'SpeechStarted', channel: 0, ordinal, time: ordinal });
const summary = text({ type: 'Summary', reason: 'client_close', per_channel: [] });

interface Connection {
  readonly socket: WebSocket;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly received: string[];
}

/** @param scripts one per connection; each gets what came so far with every message */
async function serve(
  ...scripts: ((connection: Connection) => void)[]
): Promise<{ url: string; server: WebSocketServer; connections: Connection[] }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const connections: Connection[] = [];
  server.on('connection', (socket, request) => {
    const connection: Connection = {
      socket,
      path: request.url ?? '',
      authorization: request.headers.authorization,
      received: [],
    };
    connections.push(connection);
    const script = scripts[connections.length - 1] ?? scripts.at(-1)!;
    socket.on('message', (data, isBinary) => {
      connection.received.push(isBinary ? `[${[...(data as Buffer)].join()}]` : String(data));
      script(connection);
    });
    if (!connection.path.includes('resume=true')) socket.send(begin());
    script(connection);
  });
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server, connections };
}

function open(url: string, options: Partial<RecognizerOptions> = {}): Recognizer {
  return new Recognizer({ url, reconnect: { firstDelayMs: 1 }, ...options });
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

const finishes = ({ socket, received }: Connection): void => {
  if (!received.at(-1)?.includes('CloseStream')) return;
  socket.send(summary);
  socket.close(1000);
};

describe('a lost connection', () => {
  it('is restored: the audio since the checkpoint and the messages since are sent again, in order', async () => {
    const { url, connections } = await serve(
      ({ socket, received }) => {
        if (received.length === 1)
          for (const message of [started(0), started(1), checkpoint(1)]) socket.send(message);
        if (received.length === 3) socket.terminate();
      },
      (connection) => {
        if (connection.received.length === 1) connection.socket.send(begin({ resumed: true, sample: 1 }));
        finishes(connection);
      },
    );
    const stream = open(url);
    const heard: string[] = [];
    stream.on('begin', () => heard.push('begin'));
    stream.on('reconnecting', ({ code }, attempt) => heard.push(`${code} ${attempt}`));
    stream.on('reconnected', (sample) => heard.push(`from ${sample}`));
    await stream.write(Uint8Array.of(1, 2, 3, 4));
    await stream.opened;
    await new Promise<void>((resolve) => stream.on('speechStarted', ({ time }) => time === 1 && resolve()));
    await stream.finalize();
    await stream.write(Uint8Array.of(5, 6));
    await stream.write(Uint8Array.of(7, 8));
    expect(await stream.close()).toMatchObject({ reason: 'client_close' });
    expect(heard).toEqual(['begin', 'connection_lost 1', 'from 1']);
    expect(connections[1]!.path).toContain('resume=true');
    const [restore, ...replayed] = connections[1]!.received;
    expect(JSON.parse(restore!)).toEqual({ type: 'Restore', checkpoint: 'at1', ordinals: [2] });
    expect(replayed.join(' ')).toMatch(
      /^\[3,4\] \{"type":"Finalize"\} \[5,6\] \[7,8\] \{"type":"CloseStream"\}$/,
    );
  });

  it('is not asked for again before the time that a full server has named', async () => {
    const refusedAtMs: number[] = [];
    const { url, server } = await serve(
      ({ socket, received }) => {
        if (received.length !== 1) return;
        socket.send(checkpoint(0));
        setTimeout(() => socket.terminate(), 20);
      },
      (connection) => {
        if (connection.received.length === 1) connection.socket.send(begin({ resumed: true, sample: 0 }));
        finishes(connection);
      },
    );
    server.options.verifyClient = ({ req }, answer) => {
      if (!req.url?.includes('resume=true') || refusedAtMs.length > 0) return answer(true);
      refusedAtMs.push(performance.now());
      const body = { type: 'Error', code: 'overloaded', message: 'Full.', retry_after_ms: 300 };
      answer(false, 503, JSON.stringify(body));
    };
    const stream = open(url);
    const codes: string[] = [];
    stream.on('reconnecting', ({ code }) => codes.push(code));
    await stream.write(Uint8Array.of(1, 2));
    await new Promise<void>((resolve) => stream.on('reconnected', () => resolve()));
    expect(performance.now() - refusedAtMs[0]!).toBeGreaterThanOrEqual(299);
    expect(codes).toEqual(['connection_lost', 'overloaded']);
    await stream.close();
  });

  it('brings no event twice, whatever the server repeats', async () => {
    const { url } = await serve(
      ({ socket, received }) => {
        if (received.length !== 1) return;
        for (const message of [checkpoint(0), started(0), started(1)]) socket.send(message);
        setTimeout(() => socket.terminate(), 20);
      },
      (connection) => {
        if (connection.received.length === 1)
          for (const message of [begin({ resumed: true, sample: 0 }), started(1), started(2)])
            connection.socket.send(message);
        finishes(connection);
      },
    );
    const stream = open(url);
    const times: number[] = [];
    stream.on('speechStarted', ({ time }) => times.push(time));
    await stream.write(Uint8Array.of(1, 2));
    await new Promise<void>((resolve) => stream.on('reconnected', () => resolve()));
    await stream.close();
    expect(times).toEqual([0, 1, 2]);
  });

  it('answers every configure once, and each with its own answer', async () => {
    const answer = ({ socket, received }: Connection): void => {
      const last = received.at(-1) ?? '';
      const { interval_ms } = last.includes('Configure') ? JSON.parse(last) : {};
      if (interval_ms) socket.send(text({ type: 'Configured', config: { interval_ms } }));
    };
    const { url, connections } = await serve(
      (connection) => {
        const { socket, received } = connection;
        if (received.length === 1) socket.send(checkpoint(0));
        if (received.at(-1)?.includes('700')) socket.terminate();
        else answer(connection);
      },
      (connection) => {
        if (connection.received.length === 1) connection.socket.send(begin({ resumed: true, sample: 0 }));
        answer(connection);
        finishes(connection);
      },
    );
    const stream = open(url);
    const heard: number[] = [];
    stream.on('configured', ({ config }) => heard.push(config.interval_ms));
    await stream.write(Uint8Array.of(1, 2));
    expect(await stream.configure({ intervalMs: 500 })).toEqual({ interval_ms: 500 });
    expect(await stream.configure({ intervalMs: 700 })).toEqual({ interval_ms: 700 });
    expect(await stream.configure({ intervalMs: 900 })).toEqual({ interval_ms: 900 });
    await stream.close();
    expect(heard).toEqual([500, 700, 900]);
    expect(connections[1]!.received.filter((each) => each.includes('Configure'))).toHaveLength(3);
  });

  it('is tried at the other servers in turn', async () => {
    const other = await serve((connection) => {
      if (connection.received.length === 1) connection.socket.send(begin({ resumed: true, sample: 0 }));
      finishes(connection);
    });
    const { url } = await serve(({ socket, received }) => {
      if (received.length !== 1) return;
      socket.send(checkpoint(0));
      setTimeout(() => socket.close(1012, 'restart'), 5);
    });
    const stream = open(url, { reconnect: { urls: [other.url], firstDelayMs: 1 } });
    await stream.write(Uint8Array.of(1, 2));
    await new Promise<void>((resolve) => stream.on('reconnected', () => resolve()));
    await stream.close();
    expect(other.connections).toHaveLength(1);
  });

  it.each([
    ['without a checkpoint', undefined, [], /close code 1006/],
    ['when it is not wanted', false, [checkpoint(0)], /close code 1006/],
  ] as const)('ends the stream %s', async (_, reconnect, messages, why) => {
    const { url } = await serve(({ socket, received }) => {
      if (received.length !== 1) return;
      for (const message of messages) socket.send(message);
      setTimeout(() => socket.terminate(), 5);
    });
    const stream = new Recognizer({ url, ...(reconnect === undefined ? {} : { reconnect }) });
    await stream.write(Uint8Array.of(1, 2));
    await expect(stream.close()).rejects.toMatchObject({
      code: 'connection_lost',
      message: expect.stringMatching(why),
    });
  });

  it('ends the stream after giveUpAfterMs, with the last reason', async () => {
    const { url } = await serve(({ socket, path, received }) => {
      if (path.includes('resume=true')) socket.terminate();
      else if (received.length === 1) {
        socket.send(checkpoint(0));
        setTimeout(() => socket.terminate(), 5);
      }
    });
    const stream = open(url, { reconnect: { firstDelayMs: 5, maxDelayMs: 5, giveUpAfterMs: 60 } });
    let attempts = 0;
    stream.on('reconnecting', (_, attempt) => {
      attempts = attempt;
    });
    await stream.write(Uint8Array.of(1, 2));
    await expect(stream.close()).rejects.toMatchObject({ code: expect.stringMatching(/connection_/) });
    expect(attempts).toBeGreaterThan(1);
  });

  it('ends the stream when the server wants audio that is not kept any more', async () => {
    const { url } = await serve(
      ({ socket, received }) => {
        if (received.length !== 1) return;
        socket.send(checkpoint(1));
        setTimeout(() => socket.terminate(), 5);
      },
      ({ socket }) => socket.send(begin({ resumed: true, sample: 0 })),
    );
    const stream = open(url);
    await stream.write(Uint8Array.of(1, 2, 3, 4));
    await expect(stream.close()).rejects.toMatchObject({
      message: expect.stringMatching(/still kept; it wants sample 0/),
    });
  });

  it('ends the stream at once when the server says that trying again is of no use', async () => {
    const { url } = await serve(
      ({ socket, received }) => {
        if (received.length !== 1) return;
        socket.send(checkpoint(0));
        setTimeout(() => socket.terminate(), 5);
      },
      ({ socket, received }) => {
        if (received.length !== 1) return;
        socket.send(text({ type: 'Error', code: 'bad_checkpoint', message: 'expired', fatal: true }));
        socket.close(4002);
      },
    );
    const stream = open(url);
    await stream.write(Uint8Array.of(1, 2));
    await expect(stream.close()).rejects.toMatchObject({
      code: 'bad_checkpoint',
      message: expect.stringMatching(/^expired.*--checkpoint-key-file.*Begin a new stream\.$/),
    });
  });

  it('does not stop a stream whose server gives no checkpoints', async () => {
    const { url } = await serve(finishes);
    const stream = open(url, { reconnect: { maxKeptMs: 1 } });
    for (let i = 0; i < 3; i++) await stream.write(new Uint8Array(20));
    await stream.write(new Uint8Array(40));
    expect(await stream.close()).toMatchObject({ type: 'Summary' });
  });

  it('does not hold up who writes: what waits is sent when it is restored', async () => {
    let restore = (): void => {};
    const { url, connections } = await serve(
      ({ socket, received }) => {
        if (received.length !== 1) return;
        socket.send(checkpoint(0));
        setTimeout(() => socket.terminate(), 5);
      },
      (connection) => {
        restore = () => connection.socket.send(begin({ resumed: true, sample: 0 }));
        finishes(connection);
      },
    );
    const stream = open(url);
    await stream.write(Uint8Array.of(1, 2));
    await new Promise<void>((resolve) => stream.on('reconnecting', () => resolve()));
    for (let i = 0; i < 5; i++) await stream.write(Uint8Array.of(i, i));
    while (connections.length < 2 || connections[1]!.received.length < 1) await tick();
    restore();
    await stream.close();
    expect(connections[1]!.received.slice(1).join('')).toBe(
      '[1,2][0,0][1,1][2,2][3,3][4,4]{"type":"CloseStream"}',
    );
  });

  it('makes who writes wait when no more is kept, and loses nothing', async () => {
    let restore = (): void => {};
    const { url, connections } = await serve(
      ({ socket, received }) => {
        if (received.length !== 1) return;
        socket.send(checkpoint(0));
        setTimeout(() => socket.terminate(), 5);
      },
      (connection) => {
        restore = () => {
          connection.socket.send(begin({ resumed: true, sample: 0 }));
          connection.socket.send(checkpoint(100));
        };
        finishes(connection);
      },
    );
    // 64 bytes are kept.
    const stream = open(url, { reconnect: { firstDelayMs: 1, maxKeptMs: 2 } });
    await stream.write(new Uint8Array(60));
    await new Promise<void>((resolve) => stream.on('reconnecting', () => resolve()));
    await stream.write(new Uint8Array(60));
    let isWritten = false;
    const writing = stream.write(new Uint8Array(60)).then(() => {
      isWritten = true;
    });
    while (connections.length < 2 || connections[1]!.received.length < 1) await tick();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isWritten).toBe(false);
    restore();
    await writing;
    await stream.close();
    const bytes = connections[1]!.received
      .filter((text) => text.startsWith('['))
      .join('')
      .match(/\d/g);
    expect(bytes).toHaveLength(180);
  });

  it('tells the server in its place of what an input lost meanwhile', async () => {
    let restore = (): void => {};
    const { url, connections } = await serve(
      ({ socket, received }) => {
        if (received.length !== 1) return;
        socket.send(checkpoint(0));
        setTimeout(() => socket.terminate(), 5);
      },
      (connection) => {
        restore = () => connection.socket.send(begin({ resumed: true, sample: 0 }));
        finishes(connection);
      },
    );
    const stream = open(url);
    const lost = new Promise<void>((resolve) => stream.on('reconnecting', () => resolve()));
    async function* live(): AsyncGenerator<Uint8Array | AudioGap> {
      yield Uint8Array.of(1, 1);
      await lost;
      yield Uint8Array.of(2, 2);
      yield { lostSamples: 40, reason: 'client' };
      yield { lostSamples: 24, reason: 'client' };
      yield Uint8Array.of(3, 3);
      while (connections.length < 2 || connections[1]!.received.length < 1) await tick();
      restore();
    }
    await stream.listen({
      format: { encoding: 'linear16', sampleRateHz: 16_000, channels: 1 },
      settings: {},
      stop: async () => {},
      [Symbol.asyncIterator]: live,
    });
    expect(connections[1]!.received.slice(1).join(' ')).toBe(
      '[1,1] [2,2] {"type":"Gap","samples":64} [3,3] {"type":"CloseStream"}',
    );
  });

  it('is opened with a token that is asked for each time', async () => {
    const shown: (string | undefined)[] = [];
    const { url } = await serve(
      ({ socket, received, authorization }) => {
        if (received.length === 0) shown.push(authorization);
        if (received.length !== 1) return;
        socket.send(checkpoint(0));
        setTimeout(() => socket.terminate(), 5);
      },
      (connection) => {
        if (connection.received.length === 1) {
          shown.push(connection.authorization);
          connection.socket.send(begin({ resumed: true, sample: 0 }));
        }
        finishes(connection);
      },
    );
    let asked = 0;
    const stream = open(url, { token: async () => `token-${++asked}` });
    await stream.write(Uint8Array.of(1, 2));
    await new Promise<void>((resolve) => stream.on('reconnected', () => resolve()));
    await stream.close();
    expect(shown).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it.each<[string, () => string | Promise<string>, string, RegExp]>([
    [
      'fails',
      () => Promise.reject(new Error('the back end is away')),
      'connection_failed',
      /token to give a token; it failed: the back end is away/,
    ],
    ['takes too long', () => new Promise(() => {}), 'connection_failed', /nothing came within 50 ms/],
    ['gives nothing', () => '', 'bad_parameter', /not empty; got an empty one/],
    ['gives no text', () => undefined as unknown as string, 'bad_parameter', /got undefined/],
  ])('a function for tokens that %s is named', async (_, token, code, message) => {
    const { url, connections } = await serve(finishes);
    const stream = open(url, { token, connectTimeoutMs: 50 });
    await expect(stream.opened).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(connections).toHaveLength(0);
  });

  it('refuses settings that make no sense', () => {
    expect(() => open('ws://127.0.0.1:1', { reconnect: { maxKeptMs: 0 } })).toThrow(/reconnect.maxKeptMs/);
  });
});
