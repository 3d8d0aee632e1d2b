import { createHash, webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ServerMessage } from '@undertone/proto';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolveStreamQuery } from '../../../client/stream-query.ts';
import type { FromWorker, ToWorker } from '../worker-messages.ts';
import { AssetStore } from './asset-store.ts';
import { openModel } from './open-model.ts';
import { WorkerServer } from './worker-server.ts';

const modelFolder = new URL('../../../../../models/default/', import.meta.url);
const wasm = new URL(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));

/** Reads the repository's files in the place of the network. */
const store = new AssetStore({
  fetch: async (url) => new Response(await readFile(fileURLToPath(url))),
  caches: null,
  subtle: webcrypto.subtle as unknown as SubtleCrypto,
  origin: 'http://localhost',
});

const sent: FromWorker[] = [];
let server: WorkerServer;
let next = 0;

function ask(request: object): Promise<FromWorker> {
  const id = next++;
  server.receive({ ...request, id } as ToWorker);
  return waitFor((message) => 'id' in message && message.id === id);
}

async function waitFor(wanted: (message: FromWorker) => boolean): Promise<FromWorker> {
  for (;;) {
    const found = sent.find(wanted);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const eventsOf = (stream: number): ServerMessage[] =>
  sent.flatMap((each) => (each.type === 'event' && each.stream === stream ? [each.message] : []));

beforeAll(async () => {
  const sha256 = createHash('sha256')
    .update(await readFile(wasm))
    .digest('hex');
  server = new WorkerServer({
    post: (message) => sent.push(message),
    openModel: (assets) => openModel(store, assets, { wasm: sha256, models: {} }),
  });
});

describe('WorkerServer', () => {
  it('refuses a stream before a model is loaded', async () => {
    const query = resolveStreamQuery({});
    expect(await ask({ type: 'open', stream: 0, query })).toMatchObject({
      type: 'failed',
      error: { code: 'internal' },
    });
  });

  it('tells which file of a model folder it did not get', async () => {
    const assets = { wasmUrl: wasm.href, modelUrl: new URL('../nowhere/', modelFolder).href, shipped: null };
    expect(await ask({ type: 'load', assets })).toMatchObject({
      type: 'failed',
      error: {
        code: 'asset_not_found',
        message: expect.stringMatching(/nowhere\/manifest\.json; .* model to be default, int8/),
      },
    });
  });

  it('serves several streams of one model, each from Begin to Summary', async () => {
    const assets = { wasmUrl: wasm.href, modelUrl: modelFolder.href, shipped: null };
    expect(await ask({ type: 'load', assets })).toMatchObject({ manifest: { kind: 'streaming' } });
    const query = resolveStreamQuery({ tag: 'mine' });
    for (const stream of [1, 2]) await ask({ type: 'open', stream, query });
    for (const stream of [1, 2]) await ask({ type: 'audio', stream, bytes: new Uint8Array(32_000 * stream) });
    for (const stream of [1, 2]) await ask({ type: 'message', stream, message: { type: 'CloseStream' } });
    for (const stream of [1, 2]) {
      const messages = eventsOf(stream);
      expect(messages[0]).toMatchObject({ type: 'Begin', config: { tag: 'mine' } });
      expect(messages.at(-1)).toMatchObject({ type: 'Summary', audio_s: stream });
      expect(sent).toContainEqual({ type: 'end', stream, error: null });
    }
  });

  it('forgets a stream that is terminated with what waits, and answers what still comes for it', async () => {
    const wav = await readFile(new URL('../../../../../test/golden/wav/speech_angry_f.wav', import.meta.url));
    await ask({ type: 'open', stream: 3, query: resolveStreamQuery({}) });
    const answer = ask({ type: 'audio', stream: 3, bytes: new Uint8Array(wav.subarray(44)) });
    server.receive({ type: 'terminate', stream: 3 });
    await answer;
    const late = ask({ type: 'audio', stream: 3, bytes: new Uint8Array(64_000) });
    expect(await late).toMatchObject({ type: 'done' });
    // Another one has its turn after it.
    await ask({ type: 'open', stream: 5, query: resolveStreamQuery({}) });
    await ask({ type: 'audio', stream: 5, bytes: new Uint8Array(32_000) });
    await ask({ type: 'message', stream: 5, message: { type: 'CloseStream' } });
    expect(eventsOf(5).at(-1)).toMatchObject({ type: 'Summary' });
    expect(eventsOf(3).map(({ type }) => type)).toEqual(['Begin']);
  });

  it('ends a stream whose audio cannot be decoded with its code', async () => {
    const query = resolveStreamQuery({ encoding: 'float32' });
    await ask({ type: 'open', stream: 4, query });
    const bytes = new Uint8Array(Float32Array.of(Number.NaN).buffer);
    await ask({ type: 'audio', stream: 4, bytes });
    expect(await waitFor((each) => each.type === 'end' && each.stream === 4)).toMatchObject({
      error: { code: 'bad_audio' },
    });
  });
});
