import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Recognizer } from './recognizer.ts';

// A server that is scripted message by message, for what a real one does only when something is wrong. The real one
// is met in test/e2e.
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

let seq = 0;
const text = (body: object): string => JSON.stringify({ session_id: 'ut_test', seq: seq++, ...body });
const begin = (): string => text({ type: 'Begin', protocol: 'undertone.v1' });
const summary = (): string => text({ type: 'Summary', reason: 'client_close', per_channel: [] });

async function serve(onConnection: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', onConnection);
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('Recognizer', () => {
  it('refuses an adaptation where it would not be used', () => {
    const options = { url: 'ws://127.0.0.1:1', adaptation: new Uint8Array(16) };
    const error = { code: 'bad_parameter', message: expect.stringContaining('adaptation') };
    expect(() => new Recognizer(options)).toThrow(expect.objectContaining(error));
    expect(() => new Recognizer({ ...options, mode: 'auto' })).not.toThrow();
  });

  it('lets go of what it was to hear when the stream does not open', async () => {
    const released: string[] = [];
    const sources = {
      stream: new ReadableStream<Uint8Array>({ cancel: () => void released.push('stream') }),
      iterable: {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: async () => {
            released.push('iterable');
            return { done: true as const, value: undefined };
          },
        }),
      },
      readable: new Readable({
        read: () => {},
        destroy: (_, done) => {
          released.push('readable');
          done(null);
        },
      }),
    };
    for (const source of Object.values(sources)) {
      const recognizer = new Recognizer({ url: 'ws://127.0.0.1:1' });
      await expect(recognizer.listen(source)).rejects.toMatchObject({ code: 'connection_failed' });
    }
    await expect.poll(() => released).toEqual(Object.keys(sources));
  });

  it('sends what was written in order, then closes with the summary', async () => {
    const received: string[] = [];
    const url = await serve((socket) => {
      socket.send(begin());
      socket.on('message', (data, isBinary) => {
        received.push(isBinary ? `${(data as Buffer).length} bytes` : String(data));
        if (!isBinary && String(data).includes('CloseStream')) {
          socket.send(summary());
          socket.close(1000);
        }
      });
    });
    const stream = new Recognizer({ url });
    // Nothing is awaited on purpose: the order must hold all the same.
    const writes = [stream.write(new Int16Array(80)), stream.finalize(), stream.write(Uint8Array.of(1, 2))];
    stream.keepAlive();
    const closing = stream.close();
    expect(await closing).toMatchObject({ type: 'Summary', reason: 'client_close' });
    await Promise.all(writes);
    const sent = [
      '160 bytes',
      '{"type":"Finalize"}',
      '2 bytes',
      '{"type":"KeepAlive"}',
      '{"type":"CloseStream"}',
    ];
    expect(received).toEqual(sent);
    expect(stream.close()).toBe(closing);
    await expect(stream.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'audio_after_close' });
  });

  it('tells every message to its listeners and to an iterator', async () => {
    const url = await serve((socket) => {
      socket.send(begin());
      socket.send(text({ type: 'SpeechStarted', channel: 0, time: 1.5 }));
      socket.send(text({ type: 'Error', code: 'bad_audio', message: 'odd', fatal: false }));
      socket.send(text({ type: 'FromALaterVersion' }));
      socket.on('message', () => {
        socket.send(summary());
        socket.close(1000);
      });
    });
    const stream = new Recognizer({ url });
    const heard: string[] = [];
    stream.on('begin', () => heard.push('begin'));
    stream.on('speechStarted', ({ time }) => heard.push(`speech ${time}`));
    stream.on('error', ({ code }, fatal) => heard.push(`${code} ${fatal}`));
    stream.on('summary', () => heard.push('summary'));
    stream.on('close', () => heard.push('close'));
    const off = stream.on('message', () => heard.push('never'));
    off();
    const iterated: string[] = [];
    await stream.opened;
    void stream.close();
    for await (const { type } of stream) iterated.push(type);
    expect(heard).toEqual(['begin', 'speech 1.5', 'bad_audio false', 'summary', 'close']);
    expect(iterated).toEqual(['Begin', 'SpeechStarted', 'Error', 'FromALaterVersion', 'Summary']);
  });

  it('fails with connection_failed, naming the address, when nobody listens', async () => {
    const stream = new Recognizer({ url: 'ws://127.0.0.1:1' });
    await expect(stream.opened).rejects.toMatchObject({ code: 'connection_failed' });
    await expect(stream.write(Uint8Array.of(1, 2))).rejects.toThrow(/127\.0\.0\.1:1/);
    await expect(stream.close()).rejects.toMatchObject({ code: 'connection_failed' });
  });

  it.each([
    [403, '{"type":"Error","code":"role_not_allowed","message":"no agent"}', 'role_not_allowed', /no agent/],
    [503, 'busy', 'connection_failed', /HTTP 503/],
    [400, '{"code":"quota_spent","message":"come back"}', 'internal', /quota_spent: come back/],
  ])('names the reason of a refusal with HTTP %i', async (status, body, code, message) => {
    const server = createServer();
    server.on('upgrade', (_, socket) => {
      socket.end(
        `HTTP/1.1 ${status} No\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const stream = new Recognizer({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await expect(stream.opened).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('fails with connection_lost when the connection ends without a summary', async () => {
    const url = await serve((socket) => {
      socket.send(begin());
      socket.on('message', () => socket.terminate());
    });
    const stream = new Recognizer({ url });
    const errors: string[] = [];
    stream.on('error', ({ code }, fatal) => errors.push(`${code} ${fatal}`));
    await stream.write(Uint8Array.of(1, 2));
    await expect(stream.close()).rejects.toMatchObject({ code: 'connection_lost' });
    expect(errors).toEqual(['connection_lost true']);
  });

  it('fails with the code of a fatal error, after the messages before it', async () => {
    const url = await serve((socket) => {
      socket.send(begin());
      socket.send(text({ type: 'Error', code: 'idle_timeout', message: 'nothing came', fatal: true }));
      socket.send(summary());
      socket.close(4008);
    });
    const stream = new Recognizer({ url });
    const types: string[] = [];
    const reading = (async () => {
      for await (const { type } of stream) types.push(type);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'idle_timeout' });
    expect(types).toEqual(['Begin', 'Error', 'Summary']);
    await expect(stream.close()).rejects.toMatchObject({ code: 'idle_timeout', message: 'nothing came' });
  });

  it('resolves close with the summary when the server goes away in order', async () => {
    const url = await serve((socket) => {
      socket.send(begin());
      socket.send(text({ type: 'Summary', reason: 'going_away', per_channel: [] }));
      socket.close(1001);
    });
    const stream = new Recognizer({ url });
    await stream.start();
    await new Promise<void>((resolve) => stream.on('close', resolve));
    expect(await stream.close()).toMatchObject({ reason: 'going_away' });
    await expect(stream.write(Uint8Array.of(1))).rejects.toThrow(/going_away/);
  });

  it('waits in write while the server does not read, and goes on when it does', async () => {
    let serverSocket: WebSocket | undefined;
    let received = 0;
    const url = await serve((socket) => {
      serverSocket = socket;
      socket.send(begin());
      socket.pause();
      socket.on('message', (data, isBinary) => {
        if (isBinary) received += (data as Buffer).length;
        else {
          socket.send(summary());
          socket.close(1000);
        }
      });
    });
    const stream = new Recognizer({ url, highWaterBytes: 65_536 });
    await stream.opened;
    const total = 12_000_000;
    let isDone = false;
    const writing = stream.write(new Uint8Array(total)).then(() => {
      isDone = true;
    });
    // More than the sockets of the system hold, so it cannot be done while nobody reads.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isDone).toBe(false);
    serverSocket!.resume();
    await writing;
    await stream.close();
    expect(received).toBe(total);
  });

  it('refuses with overloaded what is written far ahead without waiting', async () => {
    const url = await serve((socket) => {
      socket.send(begin());
      socket.pause();
    });
    const stream = new Recognizer({ url });
    stream.write(new Uint8Array(16_000_000)).catch(() => {});
    await expect(stream.write(new Uint8Array(1_000_000))).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('ends at once when its signal aborts, before as well as after opening', async () => {
    const url = await serve((socket) => socket.send(begin()));
    const before = new Recognizer({ url, signal: AbortSignal.abort() });
    await expect(before.opened).rejects.toMatchObject({ code: 'aborted' });
    const abort = new AbortController();
    const after = new Recognizer({ url, signal: abort.signal });
    await after.opened;
    const closing = after.close();
    abort.abort();
    await expect(closing).rejects.toMatchObject({ code: 'aborted' });
  });

  it('refuses what is no message of the protocol', async () => {
    const url = await serve((socket) => socket.send('hello'));
    const stream = new Recognizer({ url });
    await expect(stream.opened).rejects.toMatchObject({ code: 'bad_message' });
  });

  it('hears a server of before checkpoints, and says that a lost connection cannot be restored there', async () => {
    const url = await serve((socket) => {
      socket.send(text({ type: 'Begin', protocol: 'undertone.v1', config: { encoding: 'linear16' } }));
      socket.send(text({ type: 'SpeechStarted', channel: 0, time: 1 }));
      socket.on('message', () => socket.terminate());
    });
    const stream = new Recognizer({ url });
    const times: number[] = [];
    stream.on('speechStarted', ({ time }) => times.push(time));
    await stream.write(Uint8Array.of(1, 2));
    await expect(stream.close()).rejects.toMatchObject({
      code: 'connection_lost',
      message: expect.stringMatching(/gives no checkpoints.*begin a new stream/),
    });
    expect(times).toEqual([1]);
  });

  it.each([
    [{ type: 'Begin', protocol: 'undertone.v2' }, /speaks undertone\.v1; it speaks undertone\.v2\..*update/],
    [{ type: 'Begin' }, /it speaks something else/],
  ])('refuses a server of another protocol, %j', async (message, expected) => {
    const url = await serve((socket) => socket.send(text(message)));
    await expect(new Recognizer({ url }).opened).rejects.toMatchObject({
      code: 'protocol_mismatch',
      message: expect.stringMatching(expected),
    });
  });

  it('gives up a connection on which nothing comes', async () => {
    const url = await serve((socket) => {
      socket.send(begin());
      socket.pause();
    });
    const stream = new Recognizer({ url, deadAfterMs: 100 });
    await stream.opened;
    await expect(stream.close()).rejects.toMatchObject({ code: 'connection_lost' });
  });

  it('gives up a server that takes the connection but never begins', async () => {
    const url = await serve(() => {});
    const stream = new Recognizer({ url, connectTimeoutMs: 100 });
    await expect(stream.opened).rejects.toMatchObject({
      code: 'connection_failed',
      message: expect.stringContaining('no Begin within 100 ms'),
    });
    await expect(stream.close()).rejects.toMatchObject({ code: 'connection_failed' });
  });

  it('brings no program down that writes without waiting, and no event follows close', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    cleanups.push(() => process.off('unhandledRejection', onUnhandled));
    const url = await serve((socket) => socket.send(begin()));
    const abort = new AbortController();
    const stream = new Recognizer({ url, signal: abort.signal });
    const events: string[] = [];
    stream.on('message', () => abort.abort());
    stream.on('begin', () => events.push('begin'));
    stream.on('close', () => events.push('close'));
    void stream.write(Uint8Array.of(1, 2));
    void stream.finalize();
    await expect(stream.close()).rejects.toMatchObject({ code: 'aborted' });
    void stream.write(Uint8Array.of(1, 2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unhandled).toEqual([]);
    expect(events).toEqual(['close']);
  });

  it.each([
    [{ highWaterBytes: 0 }, /highWaterBytes to be from 1/],
    [{ deadAfterMs: Number.NaN }, /deadAfterMs/],
    [{ connectTimeoutMs: -1 }, /connectTimeoutMs/],
    [{ maxQueuedMessages: 0 }, /maxQueuedMessages to be at least 1/],
  ])('refuses the options %j as bad_parameter', (options, message) => {
    expect(() => new Recognizer({ url: 'ws://127.0.0.1:1', ...options })).toThrow(
      expect.objectContaining({ code: 'bad_parameter', message: expect.stringMatching(message) }),
    );
  });
});
