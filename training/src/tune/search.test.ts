import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CommandResult, runCommand, startCommand } from '../../../test/e2e/run-command.ts';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import type { Output } from '../cli/output.ts';
import { type TuneOptions, tuneCommand } from '../cli/tune-command.ts';
import { readExperimentFile } from '../config/experiment-file.ts';
import { ProgressLine } from '../report/progress-line.ts';
import type { Trial } from './trial.ts';

const trainMain = 'training/src/cli/main.ts';
const root = mkdtempSync(join(tmpdir(), 'undertone-tune-'));
const corpus = join(root, 'corpus');
const config = join(root, 'search.yaml');

// Whole runs, beside whatever else the machine does.
vi.setConfig({ testTimeout: 300_000 });

beforeAll(() => {
  writeSyntheticCremaD(corpus, 5);
  writeFileSync(
    config,
    `corpora: [${corpus}]
testSpeakers: [1005]
epochs: 2
validateEvery: 1
batchRows: 8
frameBuckets: [128]
nonSpeechClips: 4
channels: [4, 4, 4, 4]
convFeatureSize: 8
pitchSize: 4
gruSize: 8
variants: [clean]
search:
  learningRate: {low: 1e-4, high: 1e-1, scale: log}
  sampling: [natural, balanced]
`,
  );
});
afterAll(() => rmSync(root, { recursive: true }));

const args = (name: string, ...more: string[]): string[] => [
  ...['tune', '--config', config, '--run', join(root, name), '--cache', join(root, 'cache')],
  ...more,
];
const tune = (name: string, ...more: string[]): Promise<CommandResult> =>
  runCommand(trainMain, args(name, ...more));

interface Printed {
  readonly method: string;
  readonly trials: readonly Trial[];
  readonly best: Trial;
  readonly config: string;
}

/** Of a search that nobody stopped. */
let first: readonly Trial[] = [];

const events = (name: string): { event: string; trial?: number }[] =>
  readFileSync(join(root, name, 'trials.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('undertone-train tune', () => {
  it('tries points in processes, keeps a journal, and writes a report and a configuration to train', async () => {
    // Its folder is not there yet.
    const html = join(root, 'pages', 'report.html');
    const flags = ['--trials', '4', '--method', 'random', '--prune', 'none', '--json', '--html', html];
    const { code, stdout, stderr } = await tune('first', ...flags);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('trials 4/4 best ') });
    const printed = JSON.parse(stdout) as Printed;
    first = printed.trials;
    expect(printed.trials.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
    expect(printed.trials[0]!.steps).toHaveLength(2);
    expect(printed.best.value).toBe(Math.max(...printed.trials.map(({ value }) => value!)));
    const best = readExperimentFile(printed.config);
    expect(best).toMatchObject({ ...printed.best.point, gruSize: 8, testSpeakers: ['crema-d/1005'] });
    expect(best).not.toHaveProperty('search');
    expect(readFileSync(html, 'utf8')).toContain('Best configuration');
    expect(existsSync(join(root, 'first', 'trials'))).toBe(false);
  });

  it('scores by folds of speakers, of whom none is a test speaker', async () => {
    const { stdout, stderr } = await tune('folds', '--trials', '1', '--folds', '2', '--json');
    const [trial] = (JSON.parse(stdout) as Printed).trials;
    expect(trial!.parts).toHaveLength(2);
    expect(trial!.value).toBeCloseTo((trial!.parts![0]! + trial!.parts![1]!) / 2, 5);
    expect(stderr).toContain('mean of 2 folds by speaker (4 speakers)');
    const [study] = events('folds') as unknown as { study: { validationSpeakers: string[][] } }[];
    expect(study!.study.validationSpeakers.flat().sort()).toEqual(
      [1001, 1002, 1003, 1004].map((actor) => `crema-d/${actor}`),
    );
  });

  it('goes on after it was killed, repeats what ran, and tries what it would have tried', async () => {
    const flags = ['--method', 'random', '--parallel', '1', '--prune', 'none', '--json'];
    const killed = startCommand(trainMain, args('killed', '--trials', '3', ...flags));
    while (!existsSync(join(root, 'killed', 'trials.jsonl')) || events('killed').length < 6) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    killed.child.kill('SIGKILL');
    await killed.result;
    const refused = await tune('killed', '--trials', '3', ...flags);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('go on with --resume') });
    const { stdout } = await tune('killed', '--trials', '3', '--resume', ...flags);
    const results = (trials: readonly Trial[]): unknown[] =>
      trials.map(({ point, value, steps }) => ({ point, value, steps }));
    const { trials } = JSON.parse(stdout) as Printed;
    expect(results(trials)).toEqual(results(first.slice(0, 3)));
    const starts = events('killed').filter(({ event }) => event === 'start');
    expect(starts.map(({ trial }) => trial).sort()).not.toEqual([0, 1, 2]);
  });

  it('stops at Ctrl-C with the code that says it can go on', async () => {
    const running = startCommand(trainMain, args('stopped', '--trials', '50'));
    const journal = join(root, 'stopped', 'trials.jsonl');
    // Whole lines: the last may be half written.
    while (!existsSync(journal) || readFileSync(journal, 'utf8').split('\n').length <= 3) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    running.child.kill('SIGINT');
    const { code, stderr } = await running.result;
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining('go on with --resume') });
  });

  it.each([
    [{ set: ['epoch=3'] }, 'did you mean "epochs"?'],
    [{ trials: '0' }, '--trials: expected a whole number from 1, found 0.'],
    [{ minutes: 'x' }, '--minutes: expected a number above 0, found x.'],
    [{ folds: '9' }, 'Expected 2 to 4 folds for 4 speakers, found 9.'],
    [
      { valSpeakers: ['1005'] },
      'found crema-d/1005 among the speakers for validation and among those for the test',
    ],
    [{ set: ['splitBy=random'] }, 'Expected splitBy speaker'],
    [{ config: 'seed.yaml' }, 'search.seed: expected a field that makes a model better or worse'],
    [{ config: 'none.yaml' }, 'Cannot read the configuration none.yaml.'],
    [{ config: 'without.yaml' }, 'search: expected at least one field with a range'],
    [{ config: 'misspelt.yaml' }, 'did you mean "learningRate"?'],
  ])('refuses %j before any trial', async (more, message) => {
    writeFileSync(join(root, 'without.yaml'), `corpora: [${corpus}]\n`);
    const search = 'search: {lerningRate: {low: 1e-4, high: 1e-2}}';
    writeFileSync(join(root, 'misspelt.yaml'), `corpora: [${corpus}]\n${search}\n`);
    writeFileSync(join(root, 'seed.yaml'), `corpora: [${corpus}]\nsearch: {seed: [1, 2]}\n`);
    const options: TuneOptions = {
      config,
      method: 'tpe',
      prune: 'median',
      parallel: '2',
      run: join(root, 'refused'),
      ...more,
      ...('config' in more && more.config !== 'none.yaml' && { config: join(root, more.config) }),
    };
    const output: Output = {
      print: () => {},
      progress: new ProgressLine({ write: () => {} }),
      signal: new AbortController().signal,
    };
    await expect(tuneCommand([], options, output)).rejects.toThrow(message);
    expect(existsSync(join(root, 'refused', 'trials.jsonl'))).toBe(false);
  });
});
