import { type EmotionSourceOptions, Recognizer, type Summary } from '@undertone/client-sdk';
import { LocalModel } from '@undertone/client-sdk/local';
import type { ServerMessage } from '@undertone/proto';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { startServer } from '../support/server.ts';
import { speech } from '../support/speech.ts';

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

const sources: [string, (options?: EmotionSourceOptions) => Recognizer][] = [
  ['on this device', (options) => new Recognizer({ model, ...options })],
  ['on a server', (options) => new Recognizer({ url: server.url, ...options })],
];

async function readAll(source: Recognizer): Promise<ServerMessage[]> {
  const messages: ServerMessage[] = [];
  for await (const message of source) messages.push(message);
  return messages;
}

describe.each(sources)('Recognizer %s', (_, open) => {
  it('numbers its messages from Begin to Summary without a gap', async () => {
    const source = open();
    const reading = readAll(source);
    const heard: ServerMessage[] = [];
    source.on('message', (message) => heard.push(message));
    await source.write(speech('speech_angry_f'));
    const summary = await source.close();
    expect(heard.map(({ seq }) => seq)).toEqual(heard.map((_, i) => i));
    expect(heard[0]).toEqual(await source.opened);
    expect(heard.at(-1)).toEqual(summary);
    expect((await reading).at(-1)).toEqual(summary);
    expect(new Set(heard.map(({ session_id }) => session_id)).size).toBe(1);
  });

  it('refuses what is written after close, and closes once', async () => {
    const source = open();
    void source.start();
    const closing = source.close();
    await expect(source.write(new Int16Array(160))).rejects.toMatchObject({ code: 'audio_after_close' });
    expect(source.close()).toBe(closing);
    expect(await closing).toMatchObject({ audio_s: 0, per_channel: [{ label: null, abstain: 'no_speech' }] });
  });

  it('reports a sample that is cut in two at the end, and sums up the rest', async () => {
    const source = open();
    const errors: string[] = [];
    source.on('error', ({ code }, fatal) => errors.push(`${code} ${fatal}`));
    await source.write(new Uint8Array(32_001));
    expect(await source.close()).toMatchObject({ audio_s: 1 });
    expect(errors).toEqual(['bad_audio false']);
  });

  it('ends with the results of what came before a sample that is no number', async () => {
    const source = open({ encoding: 'float32' });
    const types: string[] = [];
    source.on('message', ({ type }) => {
      if (['Begin', 'Error', 'Summary'].includes(type)) types.push(type);
    });
    let summary: Summary | undefined;
    source.on('summary', (message) => {
      summary = message;
    });
    await source.write(new Float32Array(16_000));
    await source.write(Float32Array.of(Number.NaN)).catch(() => {});
    await expect(source.close()).rejects.toMatchObject({ code: 'bad_audio' });
    expect(types).toEqual(['Begin', 'Error', 'Summary']);
    expect(summary).toMatchObject({ reason: 'error', audio_s: 1 });
    await expect(source.write(new Float32Array(1))).rejects.toMatchObject({ code: 'bad_audio' });
  });
});

describe('Recognizer on this device, in Node,', () => {
  it('refuses options out of range as the server does', () => {
    expect(() => new Recognizer({ model, sampleRateHz: 4000 })).toThrow(
      expect.objectContaining({
        code: 'bad_parameter',
        message: expect.stringMatching(/sample_rate.*"4000"/),
      }),
    );
  });

  it('opens the models that ship by their names', async () => {
    for (const name of ['default', 'int8']) {
      const recognizer = new Recognizer({ model: name });
      expect((await recognizer.opened).model.name).toMatch(/^undertone-/);
      await recognizer.close();
    }
  });

  it('names the file that a model folder lacks', async () => {
    const recognizer = new Recognizer({ model: '/nowhere' });
    await expect(recognizer.opened).rejects.toMatchObject({ code: 'file_not_found' });
    await expect(recognizer.write(new Int16Array(1))).rejects.toThrow(/\/nowhere\/manifest\.json/);
    await expect(recognizer.close()).rejects.toMatchObject({ code: 'file_not_found' });
  });

  it('ends at once when its signal aborts', async () => {
    const abort = new AbortController();
    const recognizer = new Recognizer({ model, signal: abort.signal });
    await recognizer.opened;
    const closing = recognizer.close();
    abort.abort();
    await expect(closing).rejects.toMatchObject({ code: 'aborted' });
  });

  it('ends when the model that it uses is closed, and so does one that comes later', async () => {
    const own = await LocalModel.load(testModelFolder());
    const recognizer = new Recognizer({ model: own });
    await recognizer.write(new Int16Array(16_000));
    await own.close();
    await expect(recognizer.close()).rejects.toMatchObject({ code: 'going_away' });
    await expect(new Recognizer({ model: own }).opened).rejects.toMatchObject({ code: 'going_away' });
  });

  it('refuses with overloaded what is written far ahead without waiting', async () => {
    const abort = new AbortController();
    const recognizer = new Recognizer({ model, signal: abort.signal });
    const first = recognizer.write(new Uint8Array(16_000_000));
    await expect(recognizer.write(new Uint8Array(1_000_000))).rejects.toMatchObject({ code: 'overloaded' });
    abort.abort('enough');
    await expect(first).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  });
});
