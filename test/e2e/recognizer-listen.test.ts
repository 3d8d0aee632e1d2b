/** `listen`: from a source of audio to the summary, on a server and on this device. */
import {
  type AudioChunk,
  type AudioGap,
  type AudioInput,
  Recognizer,
  type RecognizerOptions,
} from '@undertone/client-sdk';
import { LocalModel } from '@undertone/client-sdk/local';
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

const samples = speech('speech_angry_f');

function* pieces(): Generator<Int16Array> {
  for (let at = 0; at < samples.length; at += 1600) yield samples.subarray(at, at + 1600);
}

/** A microphone that gives `items` and then, unless it is to end, nothing more. */
class FakeInput implements AudioInput {
  readonly format: AudioInput['format'] = { encoding: 'float32', sampleRateHz: 16_000, channels: 1 };
  readonly settings: AudioInput['settings'] = { echoCancellation: 'true', deviceKind: 'built-in' };
  stops = 0;
  readonly #items: Iterable<AudioChunk | AudioGap>;
  readonly #ends: boolean;

  constructor(items: Iterable<AudioChunk | AudioGap>, ends = true) {
    this.#items = items;
    this.#ends = ends;
  }

  stop(): Promise<void> {
    this.stops++;
    return Promise.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AudioChunk | AudioGap> {
    yield* this.#items;
    if (!this.#ends) await new Promise(() => {});
  }
}

const floats = (): Float32Array[] =>
  [...pieces()].map((piece) => Float32Array.from(piece, (x) => x / 32_768));

describe.each<[string, () => RecognizerOptions]>([
  ['on this device', () => ({ model })],
  ['on a server', () => ({ url: server.url })],
])('%s', (_, options) => {
  it('an input brings its format and settings, and what it lost is a Gap', async () => {
    const gap: AudioGap = { lostSamples: 4800, reason: 'client' };
    const input = new FakeInput([...floats(), gap, new Float32Array(8000)]);
    const recognizer = new Recognizer({
      ...options(),
      metadata: { 'capture.deviceKind': 'mine', call: '7' },
    });
    const gaps: number[] = [];
    recognizer.on('gap', ({ duration }) => gaps.push(duration));
    const { audio_s, per_channel } = await recognizer.listen(input);
    expect(audio_s).toBeCloseTo((samples.length + 4800 + 8000) / 16_000, 3);
    expect(per_channel[0]!.segments).toBe(1);
    expect(gaps).toEqual([0.3]);
    expect(input.stops).toBeGreaterThan(0);
    const { config } = await recognizer.opened;
    expect(config).toMatchObject({ encoding: 'float32', sample_rate: 16_000, channels: 1 });
    expect(config.metadata).toEqual({
      'capture.deviceKind': 'mine',
      'capture.echoCancellation': 'true',
      call: '7',
    });
  });

  it('samples are converted where the options say another encoding', async () => {
    const recognizer = new Recognizer({ ...options(), encoding: 'linear16' });
    const { per_channel } = await recognizer.listen(new FakeInput(floats()));
    expect(per_channel[0]!.segments).toBe(1);
    expect((await recognizer.opened).config.encoding).toBe('linear16');
  });

  it('an input that contradicts the options is refused, and released', async () => {
    const input = new FakeInput([]);
    const recognizer = new Recognizer({ ...options(), sampleRateHz: 48_000 });
    await expect(recognizer.listen(input)).rejects.toMatchObject({
      code: 'bad_parameter',
      message: expect.stringMatching(/48000 Hz and 1 channels.*got 16000 Hz and 1/),
    });
    expect(input.stops).toBeGreaterThan(0);
  });

  it.each<[string, () => AsyncIterable<Int16Array> | ReadableStream<Int16Array>]>([
    [
      'an async generator',
      async function* () {
        yield* pieces();
      },
    ],
    [
      'a ReadableStream',
      () => {
        const source = pieces();
        return new ReadableStream<Int16Array>({
          pull: (controller) => {
            const { done, value } = source.next();
            if (done) controller.close();
            else controller.enqueue(value);
          },
        });
      },
    ],
  ])('%s is heard to its end', async (_name, source) => {
    const { audio_s, per_channel } = await new Recognizer(options()).listen(source());
    expect(audio_s).toBeCloseTo(samples.length / 16_000, 3);
    expect(per_channel[0]!.segments).toBe(1);
  });

  it('close ends it while the input is silent, with the summary', async () => {
    const input = new FakeInput(floats(), false);
    const recognizer = new Recognizer(options());
    const listening = recognizer.listen(input);
    await new Promise<void>((resolve) => recognizer.on('emotion', () => resolve()));
    const summary = await recognizer.close();
    expect(await listening).toBe(summary);
    expect(input.stops).toBeGreaterThan(0);
  });

  it('an abort ends it while the input is silent', async () => {
    const abort = new AbortController();
    const input = new FakeInput(floats(), false);
    const recognizer = new Recognizer({ ...options(), signal: abort.signal });
    const listening = recognizer.listen(input);
    await recognizer.opened;
    abort.abort();
    await expect(listening).rejects.toMatchObject({ code: 'aborted' });
    expect(input.stops).toBeGreaterThan(0);
  });

  it('what the source throws rejects, after the results of what came before', async () => {
    async function* broken(): AsyncGenerator<Int16Array> {
      yield* pieces();
      throw new Error('the file is torn');
    }
    const recognizer = new Recognizer(options());
    const types: string[] = [];
    recognizer.on('message', ({ type }) => types.push(type));
    await expect(recognizer.listen(broken())).rejects.toThrow('the file is torn');
    expect(types.at(-1)).toBe('Summary');
    expect(types).toContain('Emotion');
  });
});

describe('the mode auto', () => {
  it('recognises on this device when the server cannot be reached, and says so', async () => {
    const recognizer = new Recognizer({ mode: 'auto', url: 'ws://127.0.0.1:1', localModel: model });
    const events: string[] = [];
    recognizer.on('fallback', ({ code }) => events.push(`fallback ${code} ${recognizer.place}`));
    recognizer.on('begin', () => events.push('begin'));
    recognizer.on('error', ({ code }) => events.push(code));
    expect(recognizer.place).toBe('server');
    const { per_channel } = await recognizer.listen(new FakeInput(floats()));
    expect(per_channel[0]!.segments).toBe(1);
    expect(events).toEqual(['fallback connection_failed local', 'begin']);
  });

  it('stays with a server that can be reached', async () => {
    const recognizer = new Recognizer({ mode: 'auto', url: server.url, localModel: '/nowhere' });
    expect(await recognizer.listen(new FakeInput(floats()))).toMatchObject({ reason: 'client_close' });
    expect(recognizer.place).toBe('server');
  });

  it('does not hide a refusal that the caller has to mend', async () => {
    const recognizer = new Recognizer({ mode: 'auto', url: server.url, model: 'none', localModel: model });
    await expect(recognizer.opened).rejects.toMatchObject({ code: 'unknown_model' });
    expect(recognizer.place).toBe('server');
  });

  it('is not taken for another stream once the server has begun', async () => {
    const own = await startServer({ drainSeconds: 0 });
    const recognizer = new Recognizer({ mode: 'auto', url: own.url, localModel: model, reconnect: false });
    await recognizer.opened;
    await own.close();
    await recognizer.close().catch(() => {});
    expect(recognizer.place).toBe('server');
  });
});

describe('options', () => {
  it.each<[RecognizerOptions, RegExp]>([
    [{ mode: 'remote' as 'server' }, /mode to be one of server, local, auto; got "remote"/],
    [{ mode: 'server' }, /a url in the mode server; got none/],
    [{ mode: 'auto' }, /a url in the mode auto/],
    [{ url: 'server' }, /URL of a server/],
    [{ url: 'ws://a', reconnect: { urls: ['nowhere'] } }, /URL of a server.*"nowhere"/],
    [{ url: 'ws://a', reconnect: { maxKeptMs: 0 } }, /reconnect.maxKeptMs/],
    [{ sampleRateHz: 4000 }, /sample_rate.*"4000"/],
    [{ channels: 3 }, /channels/],
  ])('%j is refused before anything happens', (options, message) => {
    expect(() => new Recognizer(options)).toThrow(
      expect.objectContaining({ code: 'bad_parameter', message: expect.stringMatching(message) }),
    );
  });

  it('a model of this device is no model of a server', () => {
    expect(() => new Recognizer({ url: server.url, model })).toThrow(/name of a model of the server/);
  });
});
