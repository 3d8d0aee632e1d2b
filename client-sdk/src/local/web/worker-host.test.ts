import { UndertoneError } from '@undertone/core';
import type { ServerMessage } from '@undertone/proto';
import { describe, expect, it } from 'vitest';
import { WorkerHost, type WorkerLike } from './worker-host.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** A worker that does as the test says. */
class ScriptedWorker implements WorkerLike {
  readonly received: ToWorker[] = [];
  isTerminated = false;
  readonly #listeners = new Map<string, ((event: never) => void)[]>();

  postMessage(message: ToWorker): void {
    this.received.push(message);
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  emit(type: 'message' | 'error' | 'messageerror', event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }

  say(data: FromWorker): void {
    this.emit('message', { data });
  }
}

interface Ends {
  readonly messages: ServerMessage[];
  readonly errors: (UndertoneError | null)[];
}

function start(silenceMs?: number): {
  worker: ScriptedWorker;
  host: WorkerHost;
  stream: number;
  heard: Ends;
} {
  const worker = new ScriptedWorker();
  const host = new WorkerHost(worker, {
    url: 'https://page.example/w.js',
    ...(silenceMs ? { silenceMs } : {}),
  });
  host.ready.catch(() => {});
  const heard: Ends = { messages: [], errors: [] };
  const stream = host.join({
    onMessage: (message) => heard.messages.push(message),
    onEnd: (error) => heard.errors.push(error),
  });
  return { worker, host, stream, heard };
}

const message = { type: 'Error', seq: 0 } as unknown as ServerMessage;
const audio = (stream: number): { type: 'audio'; stream: number; bytes: Uint8Array<ArrayBuffer> } => ({
  type: 'audio',
  stream,
  bytes: new Uint8Array(4),
});

describe('WorkerHost', () => {
  it('gives each answer to its question, and errors with their codes', async () => {
    const { worker, host, stream } = start();
    worker.say({ type: 'ready' });
    await host.ready;
    const first = host.request(audio(stream));
    const second = host.request(audio(stream));
    const [a, b] = worker.received.map((sent) => (sent as { id: number }).id);
    worker.say({ type: 'failed', id: b!, error: { code: 'bad_audio', message: 'no' } });
    worker.say({ type: 'done', id: a! });
    await expect(first).resolves.toMatchObject({ type: 'done' });
    await expect(second).rejects.toMatchObject({ name: 'UndertoneError', code: 'bad_audio', message: 'no' });
    host.end(new UndertoneError('going_away', 'closed'));
  });

  it('gives events to their stream only, and none after its end', () => {
    const { worker, host, stream, heard } = start();
    worker.say({ type: 'event', stream: stream + 1, message });
    worker.say({ type: 'event', stream, message });
    worker.say({ type: 'end', stream, error: null });
    worker.say({ type: 'event', stream, message });
    expect(heard).toEqual({ messages: [message], errors: [null] });
    host.end(new UndertoneError('going_away', 'closed'));
    expect(heard.errors).toEqual([null]);
  });

  it('tells the worker when a stream is left', () => {
    const { worker, host, stream } = start();
    host.leave(stream);
    host.leave(stream);
    expect(worker.received).toEqual([{ type: 'terminate', stream }]);
    host.end(new UndertoneError('going_away', 'closed'));
  });

  it.each<[string, (worker: ScriptedWorker) => void, RegExp]>([
    ['throws', (worker) => worker.emit('error', { message: 'x is not a function' }), /x is not a function/],
    ['cannot be read', (worker) => worker.emit('messageerror', {}), /cannot be read/],
    [
      'reports a defect',
      (worker) => worker.say({ type: 'crashed', error: { code: 'internal', message: 'out of memory' } }),
      /out of memory/,
    ],
  ])('ends every request and stream when the worker %s', async (_, break_, reason) => {
    const { worker, host, stream, heard } = start();
    worker.say({ type: 'ready' });
    const asked = host.request(audio(stream));
    break_(worker);
    await expect(asked).rejects.toMatchObject({ code: 'internal', message: expect.stringMatching(reason) });
    await host.ended;
    expect(heard.errors).toMatchObject([{ code: 'internal' }]);
    expect(worker.isTerminated).toBe(true);
    await expect(host.request(audio(stream))).rejects.toMatchObject({ code: 'internal' });
    expect(() => host.join({ onMessage: () => {}, onEnd: () => {} })).toThrow(UndertoneError);
  });

  it('ends a worker that owes an answer and says nothing', async () => {
    const { worker, host, stream, heard } = start(50);
    worker.say({ type: 'ready' });
    await expect(host.request(audio(stream))).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/w\.js to answer; nothing came for 50 ms/),
    });
    expect(heard.errors).toHaveLength(1);
    expect(worker.isTerminated).toBe(true);
  });

  it('ends a worker that never begins', async () => {
    const { host } = start(50);
    await expect(host.ready).rejects.toMatchObject({ code: 'internal' });
  });

  it('waits on while a download goes on, and does not watch a worker that owes nothing', async () => {
    const { worker, host, stream, heard } = start(100);
    worker.say({ type: 'ready' });
    const asked = host.request(audio(stream));
    for (let i = 0; i < 10; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      worker.say({ type: 'progress' });
    }
    worker.say({ type: 'done', id: (worker.received[0] as { id: number }).id });
    await asked;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(heard.errors).toEqual([]);
    host.end(new UndertoneError('going_away', 'closed'));
  });
});
