/** What changes a running stream does the same on a server and on this device. */
import { Recognizer, type RecognizerOptions, type Summary } from '@undertone/client-sdk';
import { LocalModel } from '@undertone/client-sdk/local';
import type { ServerMessage } from '@undertone/proto';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from '../support/differences.ts';
import { testModelFolder } from '../support/model.ts';
import { startServer } from '../support/server.ts';
import { speech } from '../support/speech.ts';
import { comparable } from '../support/stream-client.ts';

let server: UndertoneServer;
let model: LocalModel;
beforeAll(async () => {
  server = await startServer();
  model = await LocalModel.load(testModelFolder());
});
afterAll(async () => {
  await server.close();
  await model.close();
});

const places: [string, () => RecognizerOptions][] = [
  ['on this device', () => ({ model })],
  ['on a server', () => ({ url: server.url, reconnect: false })],
];

type Script = (recognizer: Recognizer) => Promise<unknown>;

async function run(options: RecognizerOptions, script: Script): Promise<ServerMessage[]> {
  const recognizer = new Recognizer(options);
  const messages: ServerMessage[] = [];
  recognizer.on('message', (message) => messages.push(message));
  await script(recognizer);
  await recognizer.close();
  return messages;
}

const of = <T extends ServerMessage['type']>(messages: readonly ServerMessage[], type: T) =>
  messages.filter((message) => message.type === type) as Extract<ServerMessage, { type: T }>[];

const angry = speech('speech_angry_f');
const sad = speech('speech_sad_m');

const scripts: [string, Script, (messages: readonly ServerMessage[]) => void][] = [
  [
    'pause and resume: what was not heard is a Gap, and its time counts',
    async (recognizer) => {
      await recognizer.write(angry);
      await recognizer.pause();
      await recognizer.write(new Int16Array(16_000));
      await recognizer.write(angry.subarray(0, 8000));
      await recognizer.resume();
      await recognizer.write(sad);
    },
    (messages) => {
      const start = angry.length / 16_000;
      expect(of(messages, 'Gap')).toMatchObject([{ duration: 1.5, reason: 'paused' }]);
      expect(of(messages, 'Gap')[0]!.start).toBeCloseTo(start, 3);
      expect(of(messages, 'Summary')).toMatchObject([{ dropped_s: 1.5 }]);
      expect(of(messages, 'Emotion').filter(({ is_final }) => is_final)).toHaveLength(2);
    },
  ],
  [
    'a pause until the end is told before the summary',
    async (recognizer) => {
      await recognizer.write(angry);
      await recognizer.pause();
      await recognizer.write(new Int16Array(8000));
    },
    (messages) => expect(messages.slice(-2).map(({ type }) => type)).toEqual(['Gap', 'Summary']),
  ],
  [
    'gap: the clock moves on, and the open segment ends',
    async (recognizer) => {
      await recognizer.write(angry.subarray(0, 24_000));
      await recognizer.gap(32_000);
      await recognizer.write(sad);
    },
    (messages) => {
      expect(of(messages, 'Gap')).toMatchObject([{ start: 1.5, duration: 2, reason: 'client' }]);
      expect(of(messages, 'Summary')[0]!.audio_s).toBeCloseTo(3.5 + sad.length / 16_000, 3);
    },
  ],
  [
    'configure: results change from there on',
    async (recognizer) => {
      await recognizer.write(angry);
      const config = await recognizer.configure({ labels: false, dimensions: false, intervalMs: 250 });
      expect(config).toMatchObject({ labels: false, dimensions: false, interval_ms: 250 });
      await recognizer.write(sad);
    },
    (messages) => {
      const results = of(messages, 'Emotion');
      expect(results[0]).toHaveProperty('scores');
      expect(results.at(-1)).not.toHaveProperty('scores');
      expect(of(messages, 'Configured')).toHaveLength(1);
    },
  ],
  [
    'finalize in the middle of a segment',
    async (recognizer) => {
      await recognizer.write(angry.subarray(0, 24_000));
      await recognizer.finalize();
      await recognizer.write(angry.subarray(24_000));
    },
    (messages) => expect(of(messages, 'Emotion').some(({ from_finalize }) => from_finalize)).toBe(true),
  ],
  [
    'trends',
    async (recognizer) => {
      await recognizer.configure({ trendIntervalMs: 1000 });
      await recognizer.write(speech('speech_angry_f', 'speech_sad_m'));
    },
    (messages) => expect(of(messages, 'Trend').length).toBeGreaterThan(2),
  ],
];

describe.each(scripts)('%s', (_, script, check) => {
  it('does so on this device and on a server alike', async () => {
    const [local, remote] = await Promise.all(places.map(([, options]) => run(options(), script)));
    check(local!);
    check(remote!);
    const shown = (messages: readonly ServerMessage[]) =>
      comparable(messages.filter(({ type }) => type !== 'Begin' && type !== 'Configured'));
    expect(differences(shown(local!), shown(remote!), 1e-4)).toEqual([]);
  });
});

describe.each(places)('%s', (_, options) => {
  it('a change that would hear nobody is refused and changes nothing', async () => {
    const recognizer = new Recognizer(options());
    const errors: string[] = [];
    recognizer.on('error', ({ code }, fatal) => errors.push(`${code} ${fatal}`));
    await expect(recognizer.configure({ analyze: ['agent'] })).rejects.toMatchObject({
      code: 'bad_parameter',
    });
    expect(await recognizer.configure({})).toMatchObject({ analyze: ['customer', 'unknown'] });
    expect(await recognizer.close()).toMatchObject({ reason: 'client_close' });
    expect(errors).toEqual(['bad_parameter false']);
  });

  it('without consent nothing is heard, from when it is given on everything, and none after it is denied', async () => {
    const recognizer = new Recognizer({ ...options(), consent: 'pending' });
    const types: string[] = [];
    recognizer.on('message', ({ type }) => types.push(type));
    await recognizer.write(angry);
    expect(await recognizer.configure({ consent: 'given' })).toMatchObject({ consent: 'given' });
    await recognizer.write(sad);
    await recognizer.configure({ consent: 'denied' }).catch(() => {});
    await expect(recognizer.close()).rejects.toMatchObject({ code: 'consent_denied' });
    expect(types.slice(0, 3)).toEqual(['Begin', 'Gap', 'Configured']);
    expect(types).not.toContain('Summary');
    await expect(new Recognizer({ ...options(), consent: 'denied' }).opened).rejects.toMatchObject({
      code: 'consent_denied',
    });
  });

  it('a change that waits for its answer is told when the stream ends first', async () => {
    const abort = new AbortController();
    const recognizer = new Recognizer({ ...options(), signal: abort.signal });
    await recognizer.opened;
    const changing = recognizer.configure({ intervalMs: 500 });
    abort.abort();
    await expect(changing).rejects.toMatchObject({ code: 'aborted' });
  });

  it('a count of lost samples that is none is refused', async () => {
    const recognizer = new Recognizer(options());
    await expect(recognizer.gap(-1)).rejects.toMatchObject({ code: 'bad_parameter' });
    await expect(recognizer.gap(0.5)).rejects.toThrow(/count of samples/);
  });

  it('nothing happens before it is started, and what was closed before is over', async () => {
    const recognizer = new Recognizer({
      ...options(),
      ...(options().url ? { url: 'ws://127.0.0.1:1' } : {}),
    });
    const ends: string[] = [];
    recognizer.on('error', ({ code }) => ends.push(code));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ends).toEqual([]);
    const closing: Promise<Summary> = recognizer.close();
    expect(recognizer.close()).toBe(closing);
    await expect(closing).rejects.toMatchObject({ code: 'aborted' });
    await expect(recognizer.start()).rejects.toMatchObject({ code: 'aborted' });
  });
});
