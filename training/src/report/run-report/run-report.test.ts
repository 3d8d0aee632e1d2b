import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportCommand } from '../../cli/report-command.ts';
import { ProgressLine } from '../progress-line.ts';
import { readRuns } from './reported-run.ts';
import { runReport } from './run-report.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-report-'));
const path = (...parts: string[]): string => join(root, ...parts);
afterAll(() => rmSync(root, { recursive: true }));

const interval = { low: 0.4, high: 0.6 };
const perClass = ['angry', 'sad'].map(() => ({ recall: 0.5, precision: 0.5, f1: 0.5, clips: 10 }));

/** As version 0.1.0 wrote it: without curves, confidence, sounds. */
function oldEvaluation(uar: number): Record<string, unknown> {
  return {
    labels: ['angry', 'sad'],
    speakers: 4,
    wideband: {
      clips: 20,
      uar,
      accuracy: 0.5,
      confusion: [
        [5, 5],
        [4, 6],
      ],
      perClass,
      interval,
    },
    bySex: [{ name: 'female', clips: 20, uar, accuracy: 0.5, interval }],
    byCorpus: [],
    byCondition: [{ name: 'clean', clips: 20, uar, accuracy: 0.5, interval }],
    bySecondsHeard: [{ seconds: 1, name: '1 s', clips: 20, uar, accuracy: 0.5, interval }],
    calibration: { temperature: 1, error: 0.05, crossFittedError: 0.06 },
    speechAuc: { clean: 0.99 },
  };
}

const newFields = {
  schema: 'undertone.evaluation/1',
  macroAuc: 0.9,
  roc: [
    {
      label: 'angry',
      auc: 0.9,
      points: [
        [0, 0],
        [0.2, 0.8],
        [1, 1],
      ],
    },
  ],
  riskCoverage: {
    points: [
      { coverage: 0.5, risk: 0.1 },
      { coverage: 1, risk: 0.4 },
    ],
    area: 0.2,
  },
  abstention: { minConfidence: 0.35, minSpeechMs: 300, share: 0.1, riskAbstained: null, riskAnswered: 0.4 },
  nonSpeech: [{ kind: 'music', sounds: 5, labelled: 0.2, speech: 0.1 }],
  speechReference: [{ detector: 'other', auc: 0.97, recordings: 3, steps: 100 }],
};

function writeRun(name: string, evaluation: unknown, dropout: number): void {
  mkdirSync(path(name), { recursive: true });
  const record = {
    experiment: { seed: 1, dropout, modelName: '<b>bold</b>' },
    corpora: ['crema-d'],
    validationSpeakers: ['crema-d/1001'],
    versions: { node: 'v20' },
  };
  writeFileSync(path(name, 'config.json'), JSON.stringify(record));
  writeFileSync(path(name, 'evaluation.json'), JSON.stringify(evaluation));
  const lines = [
    { epoch: 1, loss: 2 },
    { epoch: 2, loss: 9 },
    { epoch: 2, validation: { clean: 0.3 } },
    // Resumed after epoch 1: what was written twice counts once.
    { epoch: 2, loss: 1.5 },
    { epoch: 3, loss: 1.2 },
    { epoch: 3, validation: { clean: 0.5 } },
  ];
  const torn = '{"epoch":4,"lo';
  writeFileSync(path(name, 'curves.jsonl'), [...lines.map((line) => JSON.stringify(line)), torn].join('\n'));
}

beforeAll(() => {
  writeRun('old', oldEvaluation(0.5), 0.3);
  writeRun('new', { ...oldEvaluation(0.55), ...newFields }, 0.1);
  mkdirSync(path('model'));
  const manifest = { name: 'm', version: '1.0.0', kind: 'frames', files: {}, metrics: { uar: 0.61 } };
  writeFileSync(path('model', 'manifest.json'), JSON.stringify(manifest));
});

describe('readRuns', () => {
  it('keeps the later of two lines for an epoch, and leaves out a torn one', () => {
    const [run] = readRuns([path('old')]);
    expect(run!.losses.map(({ epoch, loss }) => [epoch, loss])).toEqual([
      [1, 2],
      [2, 1.5],
      [3, 1.2],
    ]);
    expect(run!.validations.map(({ epoch }) => epoch)).toEqual([2, 3]);
  });

  it('gives no two runs the same name', () => {
    const names = readRuns([path('old'), path('old', 'evaluation.json'), path('new'), path('new')]).map(
      ({ name }) => name,
    );
    expect(new Set(names).size).toBe(4);
  });

  it('says what it expected', () => {
    expect(() => readRuns([path('nowhere')])).toThrow('There is no run folder');
    mkdirSync(path('empty'));
    expect(() => readRuns([path('empty')])).toThrow('found neither');
    writeFileSync(path('bad.json'), '{"a":1}');
    expect(() => readRuns([path('bad.json')])).toThrow('expected an evaluation with labels');
    writeFileSync(path('torn.json'), '{"a":');
    expect(() => readRuns([path('torn.json')])).toThrow('is not JSON');
  });
});

describe('runReport', () => {
  it('shows runs of different versions beside each other, and leaves out what none of them knows', () => {
    const html = runReport(readRuns([path('old'), path('new'), path('model')]));
    for (const heading of [
      'Summary',
      'Classes',
      'Receiver operating characteristic',
      'Confidence',
      'Training',
    ]) {
      expect(html).toContain(`>${heading}</h2>`);
    }
    expect(html).toContain('UAR 50.0 [40.0, 60.0]');
    expect(html).toContain('UAR 61.0, by its manifest');
    expect(html).toContain('music');
    expect(html).not.toContain('NaN');
    expect(html).not.toContain('undefined');
    const plain = runReport(readRuns([path('old', 'evaluation.json')]));
    for (const heading of ['Receiver operating characteristic', 'Training', 'Configuration']) {
      expect(plain).not.toContain(`>${heading}</h2>`);
    }
  });

  it('names the model that a file of measurements is of', () => {
    const model = { name: 'mine', version: '1.2.0' };
    writeFileSync(path('measured.json'), JSON.stringify({ ...oldEvaluation(0.5), model }));
    const html = runReport(readRuns([path('measured.json')]));
    expect(html).toMatch(/>model<\/th><td[^>]*>mine@1\.2\.0<\/td>/);
  });

  it('says beside an interval of one speaker that it means nothing', () => {
    writeRun('one', { ...oldEvaluation(0.5), speakers: 1 }, 0.1);
    const html = runReport(readRuns([path('one')]));
    expect(html).toContain('on 20 clips by 1 speaker. Measured on one speaker');
    expect(runReport(readRuns([path('old')]))).not.toContain('Measured on one speaker');
  });

  it('marks the fields in which runs differ, and only those', () => {
    const html = runReport(readRuns([path('old'), path('new')]));
    const differing = html.slice(html.indexOf('Fields in which'), html.indexOf('<details>'));
    expect(differing).toContain('dropout');
    expect(differing).not.toContain('seed');
    expect(differing).toContain('class="text marked">0.3');
    expect(html).toContain('&lt;b&gt;bold');
    expect(html).not.toContain('<b>bold');
  });
});

describe('undertone-train report', () => {
  it('writes one file and says where', async () => {
    const printed: string[] = [];
    const progress = new ProgressLine({ write: () => {} });
    const out = path('reports', 'page.html');
    await reportCommand(
      [path('new')],
      { out, json: true },
      { print: (text) => printed.push(text), progress },
    );
    expect(JSON.parse(printed[0]!)).toMatchObject({
      report: out,
      runs: [{ name: 'new', uar: 0.55, epochs: 3 }],
    });
    // People read it from where they are.
    await reportCommand([path('new')], { out }, { print: (text) => printed.push(text), progress });
    expect(printed[1]).toBe(relative(process.cwd(), out));
  });
});
