/** Runs the commands of docs/training-guide.md, as they stand there, on a corpus of synthetic voices. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guideBlocks, guideScript, missingLines, splitOutput } from '../support/guide-script.ts';
import { writeSyntheticCremaD } from '../support/synthetic-corpus.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'undertone-guide-'));
const marker = '@@@ block';
const blocks = guideBlocks(readFileSync(join(root, 'docs/training-guide.md'), 'utf8'));
let code: number | null = null;
let printed: string[] = [];

/** Commands that a user has after `npm run build`, run from source here. */
const executables: Readonly<Record<string, string>> = {
  'npx undertone-train': 'training/src/cli/main.ts',
  'npx undertone': 'client-sdk/src/cli/main.ts',
  'npm start': 'server/src/main.ts',
};

function writeShims(bin: string): void {
  mkdirSync(bin);
  const loader = import.meta.resolve('tsx');
  for (const name of ['npx', 'npm']) {
    const cases = Object.entries(executables)
      .filter(([command]) => command.startsWith(`${name} `))
      .map(([command, main]) => `${command.slice(name.length + 1)}) main=${join(root, main)};;`);
    const text = [
      '#!/bin/sh',
      `case "$1" in ${cases.join(' ')} *) echo "unexpected: $0 $*"; exit 1;; esac`,
      'shift',
      '[ "$1" = "--" ] && shift',
      `exec "${process.execPath}" --conditions=@undertone/source --import ${loader} "$main" "$@"`,
    ].join('\n');
    writeFileSync(join(bin, name), `${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  writeSyntheticCremaD(join(folder, 'recordings'), 10);
  // The page is read in a checkout, which has the shipped model.
  mkdirSync(join(folder, 'models'));
  symlinkSync(join(root, 'models/default'), join(folder, 'models/default'));
  const bin = join(folder, 'bin');
  writeShims(bin);
  writeFileSync(join(folder, 'guide.sh'), guideScript(blocks, marker));
  const child = spawn('bash', ['guide.sh'], {
    cwd: folder,
    env: {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      PORT: String(await freePort()),
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  code = await new Promise((resolve) => child.once('close', resolve));
  printed = splitOutput(output, marker);
}, 1_800_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the training guide', () => {
  it('has a step for each of the eleven', () => {
    const page = readFileSync(join(root, 'docs/training-guide.md'), 'utf8');
    const steps = [...page.matchAll(/^## (\d+)\. /gm)].map((match) => Number(match[1]));
    expect(steps).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
  });

  it('runs from end to end', () => {
    expect({
      code,
      last: code === 0 ? '' : `${blocks[printed.length - 1]?.commands}\n${printed.at(-1)}`,
    }).toEqual({
      code: 0,
      last: '',
    });
  });

  it.each(blocks.map((block, i) => ({ i, ...block })).filter(({ prints }) => prints.length > 0))(
    'prints what the page shows: $heading, $commands',
    ({ i, prints }) => {
      const missing = missingLines(prints, printed[i] ?? '');
      expect({ missing, output: missing.length === 0 ? '' : printed[i] }).toEqual({
        missing: [],
        output: '',
      });
    },
  );

  it('leaves the reports and models that it names', () => {
    const named = blocks.flatMap(({ commands }) =>
      [...commands.matchAll(/(?:reports|models)\/[\w.-]+/g)].map(([path]) => path),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
  });
});
