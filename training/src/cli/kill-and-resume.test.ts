import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-killed-'));
const corpus = join(root, 'corpus');
const fields = {
  threads: 0,
  epochs: 6,
  batchRows: 4,
  frameBuckets: '128,256',
  nonSpeechClips: 4,
  channels: '4,4,4,4',
  convFeatureSize: 8,
  pitchSize: 4,
  gruSize: 8,
  variants: 'clean,telephone',
  validateEvery: 2,
  patience: 5,
  mixup: 0.4,
};

beforeAll(() => writeSyntheticCremaD(corpus, 5));
afterAll(() => rmSync(root, { recursive: true }));

const require = createRequire(import.meta.url);
const loader = new URL('./dist/loader.mjs', pathToFileURL(require.resolve('tsx/package.json'))).href;
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly ms: number;
  readonly errors: string;
}

/** The command in a process of its own, killed after `killAfterMs`. */
async function trainInProcess(name: string, killAfterMs?: number): Promise<Ended> {
  const sets = Object.entries(fields).flatMap(([field, value]) => ['--set', `${field}=${value}`]);
  const places = ['--out', join(root, name, 'model'), '--run', join(root, name, 'run')];
  const cache = ['--cache', join(root, name, 'cache')];
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [
      '--conditions=@undertone/source',
      '--import',
      loader,
      main,
      'train',
      corpus,
      '--resume',
      ...places,
      ...cache,
      ...sets,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  return await new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ms: performance.now() - start, errors });
    }),
  );
}

describe('a training run', () => {
  it('that is killed at three random moments and resumed ends with the same model and the same metrics', async () => {
    const whole = await trainInProcess('whole');
    expect(whole.code, whole.errors).toBe(0);
    const moments: number[] = [];
    for (let latestMs = whole.ms; moments.length < 3; ) {
      const moment = Math.random() * latestMs;
      const ended = await trainInProcess('killed', moment);
      if (ended.signal === 'SIGKILL') {
        moments.push(Math.round(moment));
        continue;
      }
      // It was faster this time, or further than thought: begin again, and kill sooner.
      expect(ended.code, ended.errors).toBe(0);
      rmSync(join(root, 'killed'), { recursive: true });
      moments.length = 0;
      latestMs *= 0.7;
    }
    const last = await trainInProcess('killed');
    expect(last.code, `killed after ${moments.join(', ')} ms: ${last.errors}`).toBe(0);
    for (const file of ['run/evaluation.json', 'model/manifest.json', 'model/step.onnx', 'model/head.onnx']) {
      const read = (name: string): Buffer => readFileSync(join(root, name, file));
      expect(read('killed').equals(read('whole')), `${file}, killed after ${moments.join(', ')} ms`).toBe(
        true,
      );
    }
    expect(existsSync(join(root, 'killed/run/checkpoint.bin'))).toBe(true);
  }, 600_000);
});
