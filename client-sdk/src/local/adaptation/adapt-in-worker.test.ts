/** Adaptation by the worker's code in ONNX Runtime for the web, while the same worker serves a stream. */
import { createHash, webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { testModelFolder } from '../../../../test/support/model.ts';
import { bytesOf, type Sentence, speech } from '../../../../test/support/speech.ts';
import { resolveStreamQuery } from '../../client/stream-query.ts';
import { AssetStore } from '../web/worker/asset-store.ts';
import { openModel } from '../web/worker/open-model.ts';
import { WorkerServer } from '../web/worker/worker-server.ts';
import type { FromWorker, ToWorker } from '../web/worker-messages.ts';
import { Adaptation } from './adaptation.ts';
import type { LabelledClip } from './labelled-clip.ts';

const modelUrl = `${pathToFileURL(testModelFolder()).href}/`;
const wasm = new URL(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
const store = new AssetStore({
  fetch: async (url) => new Response(await readFile(fileURLToPath(url))),
  caches: null,
  subtle: webcrypto.subtle as unknown as SubtleCrypto,
  origin: 'http://localhost',
});

const answers = new Map<number, (message: FromWorker) => void>();
const events: FromWorker[] = [];
let server: WorkerServer;
let next = 0;

function ask(request: object): Promise<FromWorker> {
  const id = next++;
  const answer = new Promise<FromWorker>((resolve) => answers.set(id, resolve));
  server.receive({ ...request, id } as ToWorker);
  return answer;
}

beforeAll(async () => {
  const sha256 = createHash('sha256')
    .update(await readFile(wasm))
    .digest('hex');
  server = new WorkerServer({
    post: (message) => {
      events.push(message);
      if (message.type === 'done' || message.type === 'failed') answers.get(message.id)!(message);
    },
    openModel: (assets) => openModel(store, assets, { wasm: sha256, models: {} }),
  });
  await ask({ type: 'load', assets: { wasmUrl: wasm.href, modelUrl, shipped: null } });
});

function clip(sentence: Sentence, label: string, gain: number): LabelledClip {
  return { audio: Float32Array.from(speech(sentence), (x) => (gain * x) / 32_768), label };
}

/** What a stream reports of a sentence, without numbers and times of its messages. */
async function hear(stream: number, more: object = {}): Promise<unknown> {
  await ask({ type: 'open', stream, query: resolveStreamQuery({}), ...more });
  const bytes = bytesOf(speech('speech_calm_m'));
  for (let at = 0; at < bytes.length; at += 3200) {
    await ask({ type: 'audio', stream, bytes: bytes.slice(at, at + 3200) });
    await new Promise((resolve) => setTimeout(resolve));
  }
  await ask({ type: 'message', stream, message: { type: 'CloseStream' } });
  const messages = events.flatMap((each) =>
    each.type === 'event' && each.stream === stream ? [each.message] : [],
  );
  expect(messages.at(-1)?.type).toBe('Summary');
  return messages.flatMap((message) => (message.type === 'Summary' ? [message.per_channel[0]!.scores] : []));
}

describe('a worker that adapts', () => {
  it('serves its streams meanwhile, and one with the result beside one without', async () => {
    const clips = [0.5, 1].flatMap((gain) => [
      clip('speech_calm_m', 'happy', gain),
      clip('speech_angry_f', 'sad', gain),
    ]);
    const alone = await hear(1);
    const [answer, meanwhile] = await Promise.all([ask({ type: 'adapt', clips }), hear(2)]);
    expect(meanwhile).toEqual(alone);
    const { adaptation } = answer as { adaptation?: Uint8Array };
    expect(Adaptation.fromBytes(adaptation!).report.clips).toEqual({ happy: 2, sad: 2 });
    const [adapted, beside] = await Promise.all([hear(3, { adaptation }), hear(4)]);
    expect(beside).toEqual(alone);
    expect(adapted).not.toEqual(alone);
  });

  it('refuses an adaptation of other bytes with its code', async () => {
    const answer = await ask({
      type: 'open',
      stream: 9,
      query: resolveStreamQuery({}),
      adaptation: new Uint8Array(64),
    });
    expect(answer).toMatchObject({ type: 'failed', error: { code: 'bad_checkpoint' } });
  });
});
