import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateManifest } from '@undertone/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { readBaseModel } from '../finetune/base-model.ts';
import { streamingModelLayout } from '../models/streaming-model.ts';
import { ProgressLine } from '../report/progress-line.ts';
import { type FinetuneOptions, finetuneCommand } from './finetune-command.ts';
import type { Output } from './output.ts';
import { trainCommand } from './train-command.ts';

// Each trains and measures several times.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const root = mkdtempSync(join(tmpdir(), 'undertone-finetune-'));
const base = join(root, 'base/model');
const manifest = join(root, 'own', 'call-centre.csv');
const cache = join(root, 'cache');
let printed: string[] = [];
let shown = '';

const small = [
  'threads=0',
  'batchRows=8',
  'frameBuckets=128,256',
  'nonSpeechClips=4',
  'variants=clean,telephone',
];
const sizes = ['channels=4,4,4,4', 'convFeatureSize=8', 'pitchSize=4', 'gruSize=8', 'validateEvery=2'];

beforeAll(async () => {
  writeSyntheticCremaD(join(root, 'corpus'), 4);
  const set = [...small, ...sizes];
  const options = { out: base, run: join(root, 'base/run'), cache, set, epochs: '2' };
  await trainCommand([join(root, 'corpus')], options, output());
  // A user's own recordings: other speakers, a manifest with labels in their own words.
  writeSyntheticCremaD(join(root, 'own'), 5, ['DFA', 'ITS']);
  const labels = { ANG: 'angry', DIS: 'disgust', FEA: 'fearful', HAP: 'pleased', NEU: 'neutral', SAD: 'sad' };
  const rows = ['path,speaker,label'];
  for (let actor = 1001; actor <= 1005; actor++) {
    for (const sentence of ['DFA', 'ITS']) {
      for (const [code, label] of Object.entries(labels)) {
        rows.push(`AudioWAV/${actor}_${sentence}_${code}_XX.wav,agent ${actor},${label}`);
      }
    }
  }
  writeFileSync(manifest, rows.join('\n'));
});
beforeEach(() => {
  printed = [];
  shown = '';
});
afterAll(() => rmSync(root, { recursive: true }));

function output(signal = new AbortController().signal, onText: (text: string) => void = () => {}): Output {
  const write = (text: string): void => {
    shown += text;
    onText(text);
  };
  return { print: (text) => printed.push(text), progress: new ProgressLine({ write }), signal };
}

function options(name: string, more: Partial<FinetuneOptions> = {}): FinetuneOptions {
  return {
    out: join(root, name, 'model'),
    run: join(root, name, 'run'),
    cache,
    labelMap: ['pleased=happy'],
    heldOut: ['agent 1004', 'agent 1005'],
    set: [...small, 'epochs=3'],
    ...more,
  };
}

describe('undertone-train finetune', () => {
  it('adapts a model to a manifest and reports before and after on the speakers held out', async () => {
    expect(await finetuneCommand(base, [manifest], options('first', { json: true }), output())).toBe(true);
    const result = JSON.parse(printed.at(-1)!);
    expect(result.before).toMatchObject({ speakers: 2, clips: 24 });
    expect(result.after).toMatchObject({ speakers: 2, clips: 24 });
    expect(shown).toContain(
      '3 speakers: 27 clips, and 9 clips of other clips of the same speakers to stop by',
    );
    const tuned = await readBaseModel(join(root, 'first/model'));
    const { sha256, manifest: before } = await readBaseModel(base);
    expect(tuned.manifest.training.tunedFrom).toEqual({ name: before.name, version: before.version, sha256 });
    expect(tuned.manifest.name).toBe('my-model-tuned');
    expect(tuned.manifest.metrics).toMatchObject({
      uar: result.after.uar,
      before: { uar: result.before.uar },
    });
    expect(tuned.manifest.normalisation.priorMean).not.toEqual(before.normalisation.priorMean);
    validateManifest(JSON.parse(readFileSync(join(root, 'first/model/manifest.json'), 'utf8')));
    const card = readFileSync(join(root, 'first/model/MODEL_CARD.md'), 'utf8');
    expect(card).toContain('## Tuned from my-model 0.1.0');
    expect(card).toMatch(/\| UAR \| \d/);
  });

  it('leaves the front as it was and trains the rest', async () => {
    const [before, after] = [await readBaseModel(base), await readBaseModel(join(root, 'first/model'))];
    const layout = streamingModelLayout(before.config);
    for (const { name } of layout.specs) {
      const [old, now] = [layout.view(before.parameters, name), layout.view(after.parameters, name)];
      if (name.startsWith('conv')) expect(now, name).toEqual(old);
      else expect(now, name).not.toEqual(old);
    }
  });

  it('ends with the same model when it is stopped and resumed', async () => {
    const stop = new AbortController();
    const stopAfterOne = output(stop.signal, (text) => {
      if (text.includes('epoch 1: validation')) stop.abort();
    });
    expect(await finetuneCommand(base, [manifest], options('second'), stopAfterOne)).toBe(false);
    expect(existsSync(join(root, 'second/model'))).toBe(false);
    const resumed = options('second', { resume: true });
    expect(await finetuneCommand(base, [manifest], resumed, output())).toBe(true);
    for (const file of ['step.onnx', 'head.onnx', 'manifest.json', 'MODEL_CARD.md']) {
      const read = (name: string): Buffer => readFileSync(join(root, name, 'model', file));
      expect(read('second').equals(read('first')), file).toBe(true);
    }
  });

  it('takes no more recordings than asked for, evenly', async () => {
    const few = options('third', { minutes: '0.3', set: [...small, 'epochs=1'], speakers: ['agent 1001'] });
    expect(await finetuneCommand(base, [manifest], few, output())).toBe(true);
    expect(shown).toMatch(/Tuning on 0\.3 minutes of 1 speaker: \d+ clips/);
    expect(printed[0]).toMatch(
      /On 2 speakers \(24 clips\) that were not tuned on\n.*my-model 0\.1\.0 +tuned/,
    );
  });

  it('prints what it would run with: its own defaults, the sizes of the model, a file, flags', async () => {
    const config = join(root, 'tune.yaml');
    writeFileSync(config, 'corpora: [elsewhere]\nepochs: 7\nfreeze: all-but-head\n');
    const more = { config, set: ['epochs=8'], printConfig: true, json: true };
    await finetuneCommand(base, [manifest], options('fifth', more), output());
    expect(JSON.parse(printed[0]!)).toMatchObject({
      epochs: 8,
      freeze: 'all-but-head',
      schedule: 'cosine',
      gruSize: 8,
      modelName: 'my-model-tuned',
    });
    expect(existsSync(join(root, 'fifth'))).toBe(false);
  });

  it.each([
    [{ set: ['gruSize=9'] }, 'Field gruSize: expected 8, as the model to tune has it; found 9.'],
    [{ set: ['epoch=9'] }, 'did you mean "epochs"?'],
    [{ heldOut: ['nobody'] }, 'Expected "nobody" to name one speaker'],
    [{ labelMap: [] }, 'pleased'],
    [{ minutes: '-1' }, '--minutes: expected a number above 0, found -1.'],
    [{ priors: 'new' }, '--priors: expected measured or kept, found new.'],
  ])('refuses %j', async (more, message) => {
    await expect(finetuneCommand(base, [manifest], options('fourth', more), output())).rejects.toThrow(
      message,
    );
    expect(existsSync(join(root, 'fourth'))).toBe(false);
  });
});
