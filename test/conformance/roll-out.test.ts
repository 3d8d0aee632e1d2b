/** A model on trial: who gets it, what becomes of streams that run when that changes, and what a server refuses. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { lastCheckpoint, restore } from '../support/restoring.ts';
import { get, metric, startServer } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { comparable, StreamClient } from '../support/stream-client.ts';
import { writeLinearModel } from '../support/window-models.ts';

const bytes = bytesOf(speech('speech_happy_f'));
const trial = 'trial@2.0.0';

let root: string;
let server: UndertoneServer;
let settings: Partial<ServerConfig>;
let usual: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'undertone-roll-out-'));
  const folder = await writeLinearModel(join(root, 'trial'), { name: 'trial', version: '2.0.0' });
  settings = { port: 0, adminPort: 0, logLevel: 'silent', model: [testModelFolder(), folder], workers: 1 };
  server = await startServer(settings);
  const client = await StreamClient.open(server.url);
  usual = (await client.first('Begin')).config.model;
  await client.finish();
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const reload = (changes: Partial<ServerConfig>): Promise<boolean> =>
  server.reload(() => ({ ...settings, ...changes }));

async function begin(query = ''): Promise<{ client: StreamClient; model: string }> {
  const client = await StreamClient.open(server.url, query);
  const { config, model } = await client.first('Begin');
  expect(`${model.name}@${model.version}`).toBe(config.model);
  return { client, model: config.model };
}

test('the canary gets a share of the new streams; those that name a model are not concerned', async () => {
  expect(await reload({ canaryModel: 'trial', canaryPercent: 50 })).toBe(true);
  const streams = await Promise.all(Array.from({ length: 24 }, () => begin()));
  const counts = streams.filter(({ model }) => model === trial).length;
  // Outside of it once in 100,000 runs.
  expect(counts).toBeGreaterThan(1);
  expect(counts).toBeLessThan(23);
  expect(await metric(server, `undertone_sessions_active{transport="websocket",model="${trial}"}`)).toBe(
    counts,
  );
  const before = await metric(
    server,
    `undertone_model_streams_total{model="${trial}",outcome="client_close"}`,
  );
  await Promise.all(streams.map(({ client }) => client.finish()));
  const line = `undertone_model_streams_total{model="${trial}",outcome="client_close"}`;
  expect((await metric(server, line)) - before).toBe(counts);
  expect(await reload({ canaryModel: 'trial', canaryPercent: 100 })).toBe(true);
  const named = await Promise.all([begin(), begin(`model=${usual}`)]);
  expect(named.map(({ model }) => model)).toEqual([trial, usual]);
  await Promise.all(named.map(({ client }) => client.finish()));
});

test('a roll-back is for new streams: one that runs ends on the model with which it began, where it moves too', async () => {
  expect(await reload({ canaryModel: trial, canaryPercent: 100 })).toBe(true);
  const { client, model } = await begin('checkpoints=true');
  expect(model).toBe(trial);
  const half = (bytes.length >> 2) << 1;
  client.sendAudio(bytes.subarray(0, half), 3200);
  expect(await reload({ canaryModel: trial, canaryPercent: 0 })).toBe(true);
  const later = await begin();
  expect(later.model).toBe(usual);
  await later.client.finish();
  const moved = await restore(server.url, lastCheckpoint(client.messages).checkpoint, [0]);
  const { config, sample } = await moved.first('Begin');
  expect(config.model).toBe(trial);
  moved.sendAudio(bytes.subarray(2 * (sample ?? 0)), 3200);
  const summary = await moved.finish();
  expect(Object.keys(summary.per_channel[0]!.scores)).toHaveLength(3);
  expect(moved.of('Emotion').some((event) => event.is_final)).toBe(true);
});

test('another default is for new streams, and listed as the default', async () => {
  const { client, model } = await begin();
  expect(model).toBe(usual);
  expect(await reload({ defaultModel: 'trial' })).toBe(true);
  const later = await begin();
  expect(later.model).toBe(trial);
  const { models } = (await (await get(server, '/v1/models')).json()) as { models: { default: boolean }[] };
  expect(models.map((each) => each.default)).toEqual([false, true]);
  client.sendAudio(bytes, 3200);
  const [first] = await Promise.all([client.finish(), later.client.finish()]);
  expect(Object.keys(first.per_channel[0]!.scores).length).toBeGreaterThan(3);
  expect(await reload({})).toBe(true);
  const last = await begin();
  expect(last.model).toBe(usual);
  await last.client.finish();
});

test('a canary that is not served is refused: at start, and at a reload, which leaves everything as it was', async () => {
  await expect(startServer({ canaryModel: 'nobody', canaryPercent: 5 })).rejects.toMatchObject({
    code: 'bad_config',
    message: `Expected canaryModel to be one of ${usual}; got "nobody".`,
  });
  expect(await reload({ defaultModel: 'trial' })).toBe(true);
  expect(await reload({ canaryModel: 'nobody', canaryPercent: 5 })).toBe(false);
  expect(await reload({ canaryPercent: 5 })).toBe(false);
  const { client, model } = await begin();
  expect(model).toBe(trial);
  await client.finish();
  expect(await reload({})).toBe(true);
});

test('a shadow changes nothing that a client hears, and is compared', async () => {
  const messages = async (): Promise<unknown[]> => {
    const client = await StreamClient.open(server.url, 'interval_ms=250');
    client.sendAudio(bytes, 3200);
    await client.finish();
    return comparable(client.messages);
  };
  const alone = await messages();
  expect(await metric(server, 'undertone_shadow_streams_total')).toBe(0);
  expect(await reload({ shadowModel: 'trial', shadowPercent: 100 })).toBe(true);
  expect(await messages()).toEqual(alone);
  await expect
    .poll(() =>
      metric(server, `undertone_shadow_streams_total{model="${usual}",shadow="${trial}",outcome="end"}`),
    )
    .toBe(1);
  const emotions = alone.filter((message) => (message as { type: string }).type === 'Emotion').length;
  expect(await metric(server, 'undertone_shadow_results_total')).toBe(emotions);
  expect(await reload({})).toBe(true);
});

test('what comes in and what goes out is measured against what the manifest says', async () => {
  const count = (of: string) => metric(server, `undertone_input_shift_count{model="${usual}",of="${of}"}`);
  const before = [await count('spectrum'), await count('pitch')];
  const finals = `undertone_result_confidence_count{model="${usual}"}`;
  const finalsBefore = await metric(server, finals);
  const client = await StreamClient.open(server.url);
  client.sendAudio(bytes, 3200);
  await client.finish();
  expect([await count('spectrum'), await count('pitch')]).toEqual(before.map((value) => value + 1));
  const written = client.of('Emotion').filter((event) => event.is_final).length;
  expect((await metric(server, finals)) - finalsBefore).toBe(written);
  expect(await metric(server, `undertone_model_expected{model="${usual}",of="confidence"}`)).toBeGreaterThan(
    0.5,
  );
  const silent = await StreamClient.open(server.url);
  silent.sendAudio(new Uint8Array(64_000), 3200);
  await silent.finish();
  expect(await count('spectrum')).toBe(before[0]! + 1);
});
