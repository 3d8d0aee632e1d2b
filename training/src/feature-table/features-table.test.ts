import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defaultFeatureConfig,
  defaultFunctionalsConfig,
  FrameDescriber,
  FunctionalBlock,
  FunctionalsPlan,
  functionalsOf,
  RawSignalPath,
  SignalKernel,
} from '@undertone/core';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { type FeaturesOptions, featuresCommand } from '../cli/features-command.ts';
import { resolveExperiment } from '../config/experiment.ts';
import { readAudioFile } from '../data/audio-file.ts';
import { ProgressLine } from '../report/progress-line.ts';
import { ClassSeparation } from './class-separation.ts';
import { boxOf } from './distribution-page.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-table-'));
const corpus = join(root, 'crema');

beforeAll(() => writeSyntheticCremaD(corpus, 4));
afterAll(() => rmSync(root, { recursive: true }));

async function run(options: FeaturesOptions): Promise<string> {
  const printed: string[] = [];
  const sink = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream;
  await featuresCommand(
    [corpus],
    { cache: join(root, 'cache'), ...options },
    {
      print: (text) => void printed.push(text),
      progress: new ProgressLine(sink),
      signal: new AbortController().signal,
    },
  );
  return printed.join('\n');
}

async function readTable(path: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(path) });
}

describe('undertone-train features', () => {
  it('writes the functionals of each clip as Parquet, with speaker, label and side', async () => {
    const out = join(root, 'clips.parquet');
    const result = JSON.parse(await run({ out, json: true }));
    const rows = await readTable(out);
    expect([result.rows, rows.length]).toEqual([24, 24]);
    const plan = new FunctionalsPlan({
      ...defaultFeatureConfig,
      functionals: { ...defaultFunctionalsConfig, level: resolveExperiment({}).functionalsLevel },
    });
    expect(Object.keys(rows[0]!)).toEqual([
      ...['clip', 'corpus', 'speaker', 'sex', 'label', 'split', 'frames'],
      ...plan.names,
    ]);
    const row = rows.find(({ clip }) => String(clip).includes('1003_DFA_HAP'))!;
    expect(row).toMatchObject({ corpus: 'crema-d', speaker: 'crema-d/1003', sex: 'male', label: 'happy' });
    const { samples } = await readAudioFile(join(corpus, 'AudioWAV', '1003_DFA_HAP_XX.wav'));
    const raw = new RawSignalPath(new SignalKernel(defaultFeatureConfig)).accept(samples);
    const describer = new FrameDescriber(plan);
    const block = new FunctionalBlock(plan);
    for (let at = 0; at < raw.length; at += plan.bands + 2) {
      describer.next(raw, at);
      block.add(describer);
    }
    const expected = functionalsOf(block);
    for (const [i, name] of plan.names.entries()) expect(row[name], name).toBe(expected[i]);
    // No speaker is on two sides.
    const sides = new Map(rows.map(({ speaker, split }) => [`${speaker} ${split}`, split]));
    expect(sides.size).toBe(4);
    expect(new Set(sides.values())).toEqual(new Set(['train', 'validation']));
  });

  it('writes the same numbers as CSV', async () => {
    const out = join(root, 'clips.csv');
    const parquet = join(root, 'same.parquet');
    await run({ out });
    await run({ out: parquet });
    const [header, ...lines] = readFileSync(out, 'utf8').trimEnd().split('\n');
    const rows = await readTable(parquet);
    const names = header!.split(',');
    expect(names).toEqual(Object.keys(rows[0]!));
    expect(lines).toHaveLength(24);
    for (const [i, line] of lines.entries()) {
      for (const [c, text] of line.split(',').entries()) {
        const value = rows[i]![names[c]!];
        if (typeof value === 'string') expect(text).toBe(value);
        else expect(Math.fround(Number(text)) / (Number(value) || 1)).toBeCloseTo(value === 0 ? 0 : 1, 5);
      }
    }
  });

  it('writes a row for each frame, with what was measured in it', async () => {
    const out = join(root, 'frames.parquet');
    await run({ out, frames: true });
    const rows = await readTable(out);
    const clip = rows.filter(({ speaker, label }) => speaker === 'crema-d/1001' && label === 'angry');
    expect(clip.map(({ frame }) => frame)).toEqual(Array.from({ length: clip.length }, (_, t) => t));
    const voiced = clip.filter((row) => row.voiced === true);
    // The voice of 111 Hz sounds for 0.8 s.
    expect(voiced.length).toBeGreaterThan(60);
    for (const row of voiced) expect(Math.abs(Number(row.f0_hz) / 111 - 1)).toBeLessThan(0.03);
    expect(
      voiced.every(({ log2_f0, f0_hz }) => Math.abs(Number(log2_f0) - Math.log2(Number(f0_hz))) < 1e-5),
    ).toBe(true);
    expect(clip.some(({ speech }) => speech === false)).toBe(true);
    expect(Object.keys(clip[0]!)).toContain('mel63');
  });

  it('shows distributions by class on a page that needs no network, and which features differ', async () => {
    const html = join(root, 'page.html');
    const { ranking } = JSON.parse(await run({ html, show: 'log2_f0_mean,voiced_ratio', json: true }));
    const shares = new Map<string, number>(ranking);
    expect(shares.get('log2_f0_mean')).toBeGreaterThan(0.99);
    expect(ranking[0][1]).toBeGreaterThanOrEqual(ranking[1][1]);
    const page = readFileSync(html, 'utf8');
    expect(page.match(/<svg/g)).toHaveLength(2);
    expect(page).toContain('log2_f0_mean by class');
    expect(page).toContain('angry');
    expect(page).not.toMatch(/(src|href)="http/);
  });

  it('says which feature, table or condition was meant', async () => {
    await expect(run({ html: join(root, 'x.html'), show: 'log2_f0_men' })).rejects.toThrow(
      'did you mean "log2_f0_mean"?',
    );
    await expect(run({ out: join(root, 'x.xlsx') })).rejects.toThrow('*.parquet or *.csv');
    await expect(run({ out: join(root, 'x.csv'), condition: 'underwater' })).rejects.toThrow(
      'telephone-band',
    );
    await expect(run({})).rejects.toThrow('--out or --html');
    await expect(run({ out: join(root, 'no', 'such', 'folder.csv') })).rejects.toMatchObject({
      code: 'bad_config',
    });
    expect(readdirSync(root).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('ClassSeparation', () => {
  it('is the share of the variance between the classes', () => {
    const separation = new ClassSeparation(['a', 'b'], 3);
    separation.add(
      [Float32Array.of(1, 3, 5, 7), Float32Array.of(4, 4, 4, 4), Float32Array.of(1, 2, 2, 1)],
      ['a', 'a', 'b', 'b'],
    );
    const [first, constant, equal] = separation.shares();
    // Means 2 and 6 about 4: between 4 * 4 = 16 of a total of 20.
    expect(first).toBeCloseTo(0.8, 12);
    expect(constant).toBe(0);
    expect(equal).toBeCloseTo(0, 12);
  });

  it('leaves out what is missing and what does not count', () => {
    const separation = new ClassSeparation(['a', 'b'], 1);
    separation.add([Float32Array.of(1, Number.NaN, 99)], ['a', 'a', 'b'], [true, true, false]);
    separation.add([Float32Array.of(3, 5, 7, 1e6)], ['a', 'b', 'b', 'other']);
    expect(separation.shares()[0]).toBeCloseTo(0.8, 12);
  });
});

describe('boxOf', () => {
  it('has the quantiles of the values', () => {
    expect(boxOf(Array.from({ length: 101 }, (_, i) => 100 - i))).toEqual([5, 25, 50, 75, 95]);
    expect(boxOf([])).toBeNull();
  });
});
