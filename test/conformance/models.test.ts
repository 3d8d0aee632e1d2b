/** Models of every kind on one server, at the same time. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recognizer } from '@undertone/client-sdk';
import { LocalModel } from '@undertone/client-sdk/local';
import type { ServerMessage } from '@undertone/proto';
import { createServer, type UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from '../support/differences.ts';
import { testModelFolder } from '../support/model.ts';
import { get, metric } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { comparable, StreamClient } from '../support/stream-client.ts';
import { writeForestModel, writeLinearModel, writeSvmModel } from '../support/window-models.ts';

const audio = speech('speech_happy_f', 'speech_sad_m');
const bytes = bytesOf(audio);

let root: string;
let folders: Record<string, string>;
let server: UndertoneServer;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'undertone-models-'));
  folders = {
    'linear@1.0.0': await writeLinearModel(join(root, 'linear'), { name: 'linear' }),
    'svm@1.9.0': await writeSvmModel(join(root, 'svm-9'), {
      name: 'svm',
      version: '1.9.0',
      kernel: 'linear',
    }),
    'svm@1.10.0': await writeSvmModel(join(root, 'svm-10'), {
      name: 'svm',
      version: '1.10.0',
      kernel: 'rbf',
    }),
    'forest@1.0.0': await writeForestModel(join(root, 'forest'), {
      name: 'forest',
      windowFrames: 200,
      hopFrames: 20,
    }),
  };
  server = await createServer({
    adminPort: 0,
    port: 0,
    logLevel: 'silent',
    model: [testModelFolder(), ...Object.values(folders)],
  });
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

async function run(model: string, packetBytes: number, query = ''): Promise<StreamClient> {
  const client = await StreamClient.open(server.url, `model=${model}&${query}`);
  client.sendAudio(bytes, packetBytes);
  await client.finish();
  return client;
}

async function runLocally(folder: string): Promise<ServerMessage[]> {
  const model = await LocalModel.load(folder);
  const recognizer = new Recognizer({ model });
  const messages: ServerMessage[] = [];
  recognizer.on('message', (message) => messages.push(message));
  await recognizer.write(audio);
  await recognizer.close();
  await model.close();
  return messages;
}

const ids = ['linear@1.0.0', 'svm@1.9.0', 'svm@1.10.0', 'forest@1.0.0'];

describe.each(ids)('the model %s', (id) => {
  test('gives the same results in packets of 20 ms, of 1 s, and in process', async () => {
    const [short, long, local] = await Promise.all([run(id, 640), run(id, 32_000), runLocally(folders[id]!)]);
    const { model, config } = short.of('Begin')[0]!;
    expect(`${model.name}@${model.version}`).toBe(id);
    expect(config.model).toBe(id);
    expect(short.of('Emotion').filter((message) => message.is_final).length).toBeGreaterThan(1);
    const results = (messages: readonly ServerMessage[]) => comparable(messages.slice(1));
    expect(differences(results(short.messages), results(long.messages), 1e-4)).toEqual([]);
    expect(differences(results(short.messages), results(local), 1e-4)).toEqual([]);
  });

  test('hears the two sentences and not the pauses', async () => {
    const client = await run(id, 32_000);
    const summary = client.of('Summary')[0]!.per_channel[0]!;
    expect(summary.speech_s).toBeGreaterThan(3);
    expect(summary.speech_s).toBeLessThan(0.8 * summary.audio_s);
    const scores = Object.values(summary.scores);
    expect(scores.reduce((sum, score) => sum + score)).toBeCloseTo(1, 6);
    // Not what a model says that has heard nothing.
    expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThan(0.02);
  });
});

test('interims at another interval change no final', async () => {
  const finals = async (query: string) =>
    (await run('forest', 32_000, query))
      .of('Emotion')
      .filter((message) => message.is_final)
      .map(({ start, end, scores }) => ({ start, end, scores }));
  expect(await finals('interval_ms=250')).toEqual(await finals('interval_ms=3000&window_ms=2000'));
});

test('all models at the same time, each stream its own', async () => {
  const alone = new Map<string, unknown>();
  for (const id of ids) alone.set(id, (await run(id, 32_000)).of('Summary')[0]!.per_channel);
  const together = await Promise.all([...ids, ...ids].map((id) => run(id, 3200)));
  for (const [i, client] of together.entries()) {
    const id = ids[i % ids.length]!;
    expect(differences(client.of('Summary')[0]!.per_channel, alone.get(id), 1e-5), id).toEqual([]);
  }
  expect(
    await metric(server, 'undertone_inference_duration_seconds_count{model="svm@1.10.0"}'),
  ).toBeGreaterThan(0);
});

describe('a model is chosen', () => {
  const begin = async (query: string) => {
    const client = await StreamClient.open(server.url, query);
    const { config } = await client.first('Begin');
    await client.finish();
    return config.model;
  };

  test('by name and version, by name for the highest version, and is the first without a wish', async () => {
    expect(await begin('model=svm@1.9.0')).toBe('svm@1.9.0');
    expect(await begin('model=svm')).toBe('svm@1.10.0');
    expect(await begin('')).toMatch(/^undertone-/);
  });

  test('out of those there are: others are refused with the list', async () => {
    for (const wanted of ['nothing', 'svm@2.0.0', 'svm@']) {
      const client = new StreamClient(`${server.url}?model=${wanted}`);
      const response = await new Promise<IncomingMessage>((resolve) =>
        client.socket.once('unexpected-response', (_, refusal) => resolve(refusal)),
      );
      expect(response.statusCode).toBe(404);
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk;
      });
      await new Promise((resolve) => response.on('end', resolve));
      const { code, message } = JSON.parse(body) as { code: string; message: string };
      expect(code).toBe('unknown_model');
      expect(message).toContain('linear@1.0.0, svm@1.9.0, svm@1.10.0, forest@1.0.0');
      expect(message).toContain(`got "${wanted}"`);
    }
  });

  test('from a list that tells name, version, kind, labels and step', async () => {
    const response = await get(server, '/v1/models');
    expect(response.headers.get('content-type')).toContain('application/json');
    const { models } = (await response.json()) as { models: Record<string, unknown>[] };
    expect(models.map(({ kind }) => kind)).toEqual([
      'streaming',
      'frames',
      'functionals',
      'functionals',
      'functionals',
    ]);
    expect(models.map((model) => model.default)).toEqual([true, false, false, false, false]);
    expect(models.at(-1)).toEqual({
      name: 'forest',
      version: '1.0.0',
      kind: 'functionals',
      labels: ['angry', 'happy', 'neutral'],
      step_ms: 200,
      default: false,
    });
  });
});

test('a server with two models of one name and version does not start', async () => {
  const twin = await writeLinearModel(join(root, 'twin'), { name: 'linear' });
  await expect(
    createServer({ port: 0, logLevel: 'silent', model: [folders['linear@1.0.0']!, twin] }),
  ).rejects.toMatchObject({
    code: 'bad_config',
    message: `Expected models of different name or version; got linear@1.0.0 in ${folders['linear@1.0.0']} and in ${twin}.`,
  });
});
