import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateManifest } from '@undertone/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { parseExperiment } from '../config/experiment-file.ts';
import { ProgressLine } from '../report/progress-line.ts';
import { evaluateCommand } from './evaluate-command.ts';
import type { Output } from './output.ts';
import { type TrainOptions, trainCommand } from './train-command.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-train-'));
const corpus = join(root, 'corpus');
const cache = join(root, 'cache');
let printed: string[] = [];
let shown = '';

beforeAll(() => writeSyntheticCremaD(corpus, 5));
beforeEach(() => {
  printed = [];
  shown = '';
});
afterAll(() => rmSync(root, { recursive: true }));

/** Everything in this thread, a small network, short batches. */
const small = [
  'threads=0',
  'batchRows=8',
  'frameBuckets=128,256',
  'nonSpeechClips=4',
  'channels=4,4,4,4',
  'convFeatureSize=8',
  'pitchSize=4',
  'gruSize=8',
  'variants=clean,telephone',
  'validateEvery=1',
];

function output(
  signal = new AbortController().signal,
  onProgress: (text: string) => void = () => {},
): Output {
  const write = (text: string): void => {
    shown += text;
    onProgress(text);
  };
  return { print: (text) => printed.push(text), progress: new ProgressLine({ write }), signal };
}

function options(name: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    out: join(root, name, 'model'),
    run: join(root, name, 'run'),
    cache,
    set: small,
    epochs: '2',
    ...more,
  };
}

const read = (name: string, file: string): Buffer => readFileSync(join(root, name, file));

describe('undertone-train', () => {
  it('makes a model folder, a run folder and a line of JSON from a corpus', async () => {
    expect(await trainCommand([corpus], options('first', { json: true }), output())).toBe(true);
    const manifest = validateManifest(JSON.parse(read('first', 'model/manifest.json').toString()));
    expect(manifest.training).toMatchObject({ corpora: ['CREMA-D'], seed: 1, speakers: 4, clips: 24 });
    expect(manifest.calibration.temperature).toBeGreaterThan(0);
    const printedLast = JSON.parse(printed.at(-1)!) as { uar: number; clips: number };
    expect(printedLast).toMatchObject({ clips: 6, uar: manifest.metrics.uar });
    const card = read('first', 'model/MODEL_CARD.md').toString();
    expect(card).toMatch(/^---\nlicense: apache-2.0\n/);
    expect(card).toContain('| telephone | 6 |');
    expect(card).toContain('Limits of use');
    const run = JSON.parse(read('first', 'run/config.json').toString());
    expect(run.experiment).toMatchObject({ epochs: 2, gruSize: 8 });
    expect(run.validationSpeakers).toHaveLength(1);
    const curves = read('first', 'run/curves.jsonl')
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(curves.map((line) => line.epoch)).toEqual([1, 1, 2, 2]);
    expect(curves[3].validation).toHaveProperty('telephone');
    expect(shown).toContain('Training on 4 speakers (24 clips), validation on 1 speaker (6 clips).');
    // An interval without width is not left to be believed: not in the log, not in the card.
    expect(shown).toContain('One validation speaker');
    for (const told of [shown, card]) expect(told).toContain('so these have no width');
  });

  it('ends with the same network when it is stopped and resumed', async () => {
    const stop = new AbortController();
    const stopAfterOne = output(stop.signal, (text) => {
      if (text.includes('epoch 1: validation')) stop.abort();
    });
    expect(await trainCommand([corpus], options('second'), stopAfterOne)).toBe(false);
    expect(shown).toContain('Stopped after 1 of 2 epochs; go on with --resume.');
    expect(existsSync(join(root, 'second/model'))).toBe(false);
    await expect(trainCommand([corpus], options('second'), output())).rejects.toThrow('go on with --resume');
    const { set: _, epochs: __, ...bare } = options('second');
    expect(await trainCommand([corpus], { ...bare, resume: true }, output())).toBe(true);
    const curves = read('second', 'run/curves.jsonl').toString().trim().split('\n');
    expect(curves.map((line) => JSON.parse(line).epoch)).toEqual([1, 1, 2, 2]);
    expect(read('second', 'model/step.onnx').equals(read('first', 'model/step.onnx'))).toBe(true);
    expect(read('second', 'model/manifest.json').equals(read('first', 'model/manifest.json'))).toBe(true);
  });

  it('refuses a model folder that cannot be made before it computes anything', async () => {
    const path = join(root, 'a-file');
    writeFileSync(path, '');
    const unusable = { ...options('third'), out: join(path, 'model') };
    await expect(trainCommand([corpus], unusable, output())).rejects.toThrow('EEXIST');
    expect(existsSync(join(root, 'third/run'))).toBe(false);
  });

  it('trains the final model on all speakers and says where its numbers come from', async () => {
    const more = { final: true, resume: true, epochs: '2' };
    const { set: _, ...bare } = options('second', more);
    expect(await trainCommand([corpus], bare, output())).toBe(true);
    const manifest = JSON.parse(read('second', 'model/manifest.json').toString());
    expect(manifest.training).toMatchObject({ speakers: 5, clips: 30, allSpeakers: true });
    expect(manifest.metrics.uar).toBe(
      JSON.parse(read('first', 'model/manifest.json').toString()).metrics.uar,
    );
    expect(read('second', 'model/MODEL_CARD.md').toString()).toContain('was trained on all speakers');
    expect(read('second', 'model/step.onnx').equals(read('first', 'model/step.onnx'))).toBe(false);
  });

  it('prints the experiment and does nothing else', async () => {
    await trainCommand([corpus], options('third', { printConfig: true, seed: '9' }), output());
    expect(parseExperiment(printed[0]!, 'printed')).toMatchObject({
      corpora: [corpus],
      seed: 9,
      gruSize: 8,
      learningRate: 0.002,
    });
    await trainCommand([corpus], options('third', { printConfig: true, json: true }), output());
    expect(JSON.parse(printed[1]!)).toMatchObject({ corpora: [corpus], gruSize: 8 });
    expect(existsSync(join(root, 'third'))).toBe(false);
  });

  it('runs from a file alone, which flags override, and keeps test speakers out', async () => {
    const config = join(root, 'experiment.yaml');
    const lines = [
      `corpora: [${corpus}]`,
      `out: ${join(root, 'fifth/model')}`,
      `run: ${join(root, 'fifth/run')}`,
      `cache: ${cache}`,
      'validationSpeakers: [1002]',
      'testSpeakers: [1004]',
      'epochs: 3',
      ...small.map((entry) => entry.replace(/=(.*)/, ': $1')),
    ];
    writeFileSync(config, lines.join('\n'));
    expect(await trainCommand([], { config, epochs: '1' }, output())).toBe(true);
    expect(shown).toContain(
      'Training on 3 speakers (18 clips), validation on 1 speaker (6 clips), 1 speaker (6 clips) kept for the test.',
    );
    const kept = parseExperiment(read('fifth', 'run/experiment.yaml').toString(), 'kept');
    expect(kept).toMatchObject({ corpora: [corpus], testSpeakers: ['crema-d/1004'], epochs: 1, gruSize: 8 });
    expect(existsSync(join(root, 'fifth/model/step.onnx'))).toBe(true);
  });

  it('refuses to resume with other recordings or software, naming what differs', async () => {
    const resumed = { ...options('fifth', { resume: true }), valSpeakers: ['1002'], testSpeakers: ['1004'] };
    const { set: _, epochs: __, ...bare } = resumed;
    const configPath = join(root, 'fifth/run/config.json');
    const record = JSON.parse(readFileSync(configPath, 'utf8'));
    const other = { ...record, versions: { ...record.versions, onnxruntime: '0.1.0' } };
    writeFileSync(configPath, JSON.stringify(other));
    await expect(trainCommand([corpus], bare, output())).rejects.toThrow(
      'expected version of onnxruntime "0.1.0", found',
    );
    writeFileSync(configPath, JSON.stringify(record));
    const noTest = { ...bare, testSpeakers: ['1005'] };
    await expect(trainCommand([corpus], noTest, output())).rejects.toThrow('the same recordings');
  });

  it.each([
    [{ set: ['epoch=3'] }, 'did you mean "epochs"?'],
    [{ set: ['epochs'] }, 'Expected --set name=value, found epochs.'],
    [{ valSpeakers: ['7777'] }, 'Expected "7777" to name one speaker'],
    [{ config: join(root, 'none.json') }, 'Cannot read the configuration'],
  ])('refuses %j', async (more, message) => {
    await expect(trainCommand([corpus], options('fourth', more), output())).rejects.toThrow(message);
  });
});

describe('undertone-train evaluate', () => {
  it('measures a model folder on chosen speakers, with the numbers that training found', async () => {
    const run = JSON.parse(read('first', 'run/config.json').toString());
    const common = { cache, seed: '1', threads: '0' };
    const speakers = run.validationSpeakers as string[];
    await evaluateCommand(join(root, 'first/model'), [corpus], { ...common, speakers, json: true }, output());
    const evaluation = JSON.parse(printed[0]!);
    const { metrics } = JSON.parse(read('first', 'model/manifest.json').toString());
    expect(evaluation.speakers).toBe(1);
    expect(evaluation.wideband.uar).toBeCloseTo(metrics.uar, 4);
    // Training measured confidence at the temperature that it then wrote into the manifest.
    const inTraining = JSON.parse(read('first', 'run/evaluation.json').toString());
    expect(inTraining.calibration.temperature).not.toBe(1);
    expect(evaluation.calibration.error).toBeCloseTo(inTraining.calibration.error, 6);
    await evaluateCommand(join(root, 'first/model'), [corpus], common, output());
    expect(printed[1]).toMatch(/By class\nclass +clips +recall/);
    expect(shown).toContain('on 30 clips by 5 speakers');
  });
});
