import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { afterAll, describe, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { MedianPruner, noPruner } from './pruner.ts';
import type { Parameter, Point } from './search-space.ts';
import { type Objective, runStudy, type StudyOptions } from './study.ts';
import { TpeSampler } from './tpe-sampler.ts';
import { bestTrial } from './trial.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-study-'));
afterAll(() => rmSync(root, { recursive: true }));

const space: Parameter[] = [
  { kind: 'range', name: 'x', low: -2, high: 2, scale: 'linear', whole: false },
  { kind: 'choice', name: 'kind', values: ['a', 'b'] },
];
const score = ({ x, kind }: Point): number => 1 - (x as number) ** 2 - (kind === 'a' ? 0 : 0.5);

/** Three steps that come up to the score. */
const objective: Objective = async ({ point }, report, signal) => {
  for (const step of [1, 2, 3]) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    report({ step, value: score(point) - 0.3 + 0.1 * step });
    signal.throwIfAborted();
  }
  return { value: score(point), parts: [score(point)] };
};

let files = 0;
const newPath = (): string => join(root, `trials-${files++}.jsonl`);

function study(path: string, resume: boolean, more: Partial<StudyOptions> = {}): StudyOptions {
  const record = { method: 'tpe', seed: 1, space };
  return {
    sampler: new TpeSampler(space, 1, { startTrials: 5 }),
    pruner: noPruner,
    journal: new Journal(path, record, resume),
    objective,
    parallel: 1,
    trials: 20,
    signal: new AbortController().signal,
    ...more,
  };
}

const withoutTimes = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { seconds, elapsedS, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return rest;
    });

describe('a study', () => {
  it('runs its budget of trials and finds the best', async () => {
    const options = study(newPath(), false);
    expect(await runStudy(options)).toBe(true);
    expect(options.journal.trials).toHaveLength(20);
    expect(bestTrial(options.journal.trials)!.value).toBeGreaterThan(0.9);
    expect(bestTrial(options.journal.trials)!.point.kind).toBe('a');
  });

  it('runs trials at the same time, each number once', async () => {
    let running = 0;
    let most = 0;
    const counted: Objective = async (...args) => {
      most = Math.max(most, ++running);
      try {
        return await objective(...args);
      } finally {
        running--;
      }
    };
    const options = study(newPath(), false, { parallel: 3, objective: counted });
    await runStudy(options);
    expect(most).toBe(3);
    expect(options.journal.trials.map(({ number }) => number)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
    expect(options.journal.trials.every(({ state }) => state === 'done')).toBe(true);
  });

  it('that was stopped goes on with the same trials as one that was not', async () => {
    const whole = newPath();
    await runStudy(study(whole, false));
    const path = newPath();
    const stop = new AbortController();
    const onStep = (trial: number, { step }: { step: number }): void => {
      if (trial === 8 && step === 2) stop.abort();
    };
    const first = study(path, false, { signal: stop.signal, onStep });
    expect(await runStudy(first)).toBe(false);
    first.journal.close();
    expect(first.journal.trials.at(-1)).toMatchObject({ number: 8, state: 'running' });
    const second = study(path, true);
    expect(await runStudy(second)).toBe(true);
    // The lines of the trial that was stopped stand twice: it was repeated.
    const events = withoutTimes(path);
    expect(events).toHaveLength(withoutTimes(whole).length + 3);
    expect(second.journal.trials.map(({ point, value }) => ({ point, value }))).toEqual(
      new Journal(whole, { method: 'tpe', seed: 1, space }, true).trials.map(({ point, value }) => ({
        point,
        value,
      })),
    );
  });

  it('reads past a line that was cut in half, and no line is lost after it', async () => {
    const path = newPath();
    await runStudy(study(path, false, { trials: 3 }));
    appendFileSync(path, '{"event":"start","trial":3,"poi');
    const options = study(path, true, { trials: 5 });
    expect(options.journal.trials).toHaveLength(3);
    await runStudy(options);
    expect(new Journal(path, { method: 'tpe', seed: 1, space }, true).trials).toHaveLength(5);
  });

  it('ends hopeless trials, says why, and does not take them for the best', async () => {
    const options = study(newPath(), false, { pruner: new MedianPruner() });
    await runStudy(options);
    const pruned = options.journal.trials.filter(({ state }) => state === 'pruned');
    expect(pruned.length).toBeGreaterThan(2);
    expect(pruned[0]!.reason).toMatch(/^after step 2: .* median of the others/);
    expect(pruned[0]!.steps).toHaveLength(2);
    expect(bestTrial(options.journal.trials)!.state).toBe('done');
  });

  it('begins no trial after its time, counting the time before a resumption', async () => {
    const path = newPath();
    const first = study(path, false, { trials: undefined, seconds: 0.05 });
    await runStudy(first);
    const count = first.journal.trials.length;
    expect(count).toBeGreaterThan(0);
    const second = study(path, true, { trials: undefined, seconds: 0.05 });
    await runStudy(second);
    expect(second.journal.trials).toHaveLength(count);
  });

  it('goes on after a trial that fails, and keeps why', async () => {
    const fails: Objective = async (trial, ...rest) => {
      if (trial.number % 3 === 0) throw new UndertoneError('bad_config', 'Too many units.');
      return objective(trial, ...rest);
    };
    const options = study(newPath(), false, { objective: fails, trials: 9 });
    await runStudy(options);
    const failed = options.journal.trials.filter(({ state }) => state === 'failed');
    expect(failed.map(({ number }) => number)).toEqual([0, 3, 6]);
    expect(failed[0]!.reason).toBe('Too many units.');
  });

  it('ends when the first three trials all fail, and when there is a defect', async () => {
    const fails: Objective = () => Promise.reject(new UndertoneError('bad_corpus', 'No clips.'));
    const options = study(newPath(), false, { objective: fails });
    await expect(runStudy(options)).rejects.toThrow('the first 3 all failed, the last one: No clips.');
    const defect: Objective = () => Promise.reject(new TypeError('x is undefined'));
    await expect(runStudy(study(newPath(), false, { objective: defect, parallel: 2 }))).rejects.toThrow(
      TypeError,
    );
  });

  it('takes a score that is not a number for a failure', async () => {
    const nan: Objective = (trial, ...rest) =>
      trial.number === 2 ? Promise.resolve({ value: Number.NaN }) : objective(trial, ...rest);
    const options = study(newPath(), false, { objective: nan, trials: 4 });
    await runStudy(options);
    expect(options.journal.trials[2]).toMatchObject({ state: 'failed', reason: 'the score is NaN' });
  });
});

describe('a journal', () => {
  const record = { method: 'tpe', seed: 1, space };

  it('is not begun again without being asked, nor by another study', () => {
    const path = newPath();
    new Journal(path, record, false).close();
    expect(() => new Journal(path, record, false)).toThrow('go on with --resume');
    expect(() => new Journal(path, { ...record, seed: 2 }, true)).toThrow('expected seed 1, found 2');
    expect(() => new Journal(path, { ...record, corpora: ['x'] }, true)).toThrow(
      'expected corpora undefined, found ["x"]',
    );
    new Journal(path, record, true).close();
  });

  it('names a line that is not its own', () => {
    const path = newPath();
    writeFileSync(path, `${JSON.stringify({ event: 'study', study: record })}\nhello\n`);
    expect(() => new Journal(path, record, true)).toThrow(`${path}, line 2: expected JSON, found hello`);
  });
});
