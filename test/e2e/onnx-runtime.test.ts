import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { cliMain, printedMessages, runCommand } from './run-command.ts';

const clip = fileURLToPath(new URL('../golden/wav/speech_angry_f.wav', import.meta.url));
const analyze = ['analyze', '--json', '--model', testModelFolder()];

it('recognising leaves no file behind: the runtime reports nothing to its vendor', async () => {
  const home = mkdtempSync(join(tmpdir(), 'undertone-home-'));
  try {
    const env = { HOME: home, XDG_CACHE_HOME: undefined, ORT_DISABLE_TELEMETRY: undefined };
    const { code } = await runCommand(cliMain, [...analyze, clip], env);
    expect(code).toBe(0);
    expect(readdirSync(home)).toEqual([]);
  } finally {
    rmSync(home, { recursive: true });
  }
});

it('takes more files on one command line than fit into 64 KB', async () => {
  const missing = Array.from({ length: 800 }, (_, i) => `${'/missing'.repeat(10)}/${i}.wav`);
  const { code, stdout } = await runCommand(cliMain, [...analyze, ...missing, clip]);
  expect(code).toBe(1);
  const types = printedMessages(stdout).map(({ type }) => type);
  expect(types.filter((type) => type === 'Error')).toHaveLength(800);
  expect(types.at(-1)).toBe('Summary');
});
