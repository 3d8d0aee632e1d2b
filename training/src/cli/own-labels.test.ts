import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateManifest } from '@undertone/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { syntheticVoice, writeWav } from '../../../test/support/synthetic-corpus.ts';
import { ProgressLine } from '../report/progress-line.ts';
import { evaluateCommand } from './evaluate-command.ts';
import type { Output } from './output.ts';
import { predictCommand } from './predict-command.ts';
import { splitCommand } from './split-command.ts';
import { trainCommand } from './train-command.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-labels-'));
const at = (name: string): string => join(root, name);
afterAll(() => rmSync(root, { recursive: true }));

let printed: string[] = [];
let shown = '';
const output: Output = {
  print: (text) => printed.push(text),
  progress: new ProgressLine({ write: (text: string) => (shown += text) }),
  signal: new AbortController().signal,
};
beforeEach(() => {
  printed = [];
  shown = '';
});

/** A call centre's own words, which no corpus and no published table has; votes of three people. */
const words = ['impatient', 'polite', 'hesitant', 'hold music'];
const config = `
corpora: [${at('calls.csv')}]
out: ${at('model')}
run: ${at('run')}
cache: ${at('cache')}
labels: [impatient, polite]
labelMap: { hesitant: polite, hold music: drop }
sentiment: { impatient: negative -0.4 0.6, polite: positive }
softLabels: true
validationSpeakers: [s3]
epochs: 1
threads: 0
batchRows: 8
frameBuckets: [128, 256]
nonSpeechClips: 4
channels: [4, 4, 4, 4]
convFeatureSize: 8
pitchSize: 4
gruSize: 8
variants: [clean]
`;

beforeAll(() => {
  const rows = ['path,speaker,label,votes_impatient,votes_polite'];
  for (let speaker = 0; speaker < 4; speaker++) {
    for (const [i, word] of words.entries()) {
      const name = `${speaker}-${i}`;
      writeWav(at(`${name}.wav`), syntheticVoice(120 + 40 * i + 5 * speaker, 0.8, speaker * 10 + i));
      execFileSync('ffmpeg', ['-v', 'error', '-i', at(`${name}.wav`), at(`${name}.flac`)]);
      rows.push(`${name}.flac,s${speaker},${word},${i === 0 ? 2 : 0},${i === 0 ? 1 : 3}`);
    }
  }
  writeFileSync(at('calls.csv'), rows.join('\n'));
  writeFileSync(at('calls.yaml'), config);
});

describe('classes of one’s own', () => {
  it('are refused before anything is computed when nothing is known of them', async () => {
    const without = (field: string): string => {
      writeFileSync(at('lacking.yaml'), config.replace(new RegExp(`^${field}:.*$`, 'm'), ''));
      return at('lacking.yaml');
    };
    await expect(trainCommand([], { config: without('sentiment') }, output)).rejects.toThrow(
      'Field sentiment: expected an entry for the label "impatient"',
    );
    await expect(trainCommand([], { config: without('labelMap') }, output)).rejects.toThrow(
      '0-2.flac: expected a label of impatient, polite; found "hesitant"',
    );
  });

  it('go from recordings and votes to a model that names them', async () => {
    expect(await trainCommand([], { config: at('calls.yaml') }, output)).toBe(true);
    const manifest = validateManifest(JSON.parse(readFileSync(at('model/manifest.json'), 'utf8')));
    expect(manifest.labels).toEqual(['impatient', 'polite']);
    expect(manifest.sentiment.classes).toEqual({ impatient: 'negative', polite: 'positive' });
    expect(manifest.sentiment.coordinates.impatient).toEqual({ valence: -0.4, arousal: 0.6 });
    expect(manifest.training).toMatchObject({ speakers: 3, clips: 9 });

    await predictCommand(at('model'), [at('0-0.flac')], { json: true }, output);
    const answer = JSON.parse(printed.at(-1)!) as { scores: Record<string, number> };
    expect(Object.keys(answer.scores)).toEqual(['impatient', 'polite']);
  });

  it('are measured with the same map', async () => {
    const options = { cache: at('cache'), seed: '1', threads: '0', conditions: ['clean'], json: true };
    await expect(evaluateCommand(at('model'), [at('calls.csv')], options, output)).rejects.toThrow(
      'found "hesitant"',
    );
    const labelMap = ['hesitant=polite', 'hold music=drop'];
    await evaluateCommand(at('model'), [at('calls.csv')], { ...options, labelMap }, output);
    expect(JSON.parse(printed.at(-1)!)).toMatchObject({ labels: ['impatient', 'polite'], speakers: 4 });
  });
});

describe('undertone-train split', () => {
  it('shows the sides, writes them down for train, and refuses speakers that changed', async () => {
    const options = { config: at('calls.yaml'), testSpeakers: ['s0'], out: at('split.json') };
    await splitCommand([], options, output);
    expect(printed.at(-1)).toMatch(/^train +2 +6 +2 +4 /m);
    expect(printed.at(-1)).toContain('validation: s3\n\ntest: s0');
    const random = { config: options.config, out: options.out, set: ['splitBy=random', 'testShare=0'] };
    await expect(splitCommand([], random, output)).rejects.toThrow('random split has no speakers');
    const named = { ...random, testSpeakers: ['s0'] };
    await expect(splitCommand([], named, output)).rejects.toThrow('would train on their clips');
    const train = { config: at('calls.yaml'), split: at('split.json'), out: at('m2'), run: at('r2') };
    expect(await trainCommand([], train, output)).toBe(true);
    expect(shown).toContain('validation on 1 speaker (3 clips), 1 speaker (3 clips) kept for the test.');
    expect(readFileSync(at('r2/experiment.yaml'), 'utf8')).toContain('testSpeakers: [ calls/s0 ]');
    writeFileSync(at('split.json'), readFileSync(at('split.json'), 'utf8').replace('calls/s1', 'calls/s9'));
    await expect(trainCommand([], { ...train, run: at('r3') }, output)).rejects.toThrow(
      'calls/s1 is on no side',
    );
  });
});
