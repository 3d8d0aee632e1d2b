import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startServer } from '../support/server.ts';
import { runCommand } from './run-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

it('the five lines of the README run as they stand, against a server', async () => {
  const code = /```ts\n([\s\S]+?)```/.exec(read('README.md'))![1]!;
  const server = await startServer();
  const folder = mkdtempSync(join(root, 'test', 'e2e', '.readme-'));
  try {
    const program = join(folder, 'five-lines.ts');
    // A program of this name is what is asked for the microphone.
    const wav = join(root, 'test/golden/wav/speech_angry_f.wav');
    writeFileSync(join(folder, 'rec'), `#!/bin/sh\nexec tail -c +45 '${wav}'\n`, { mode: 0o755 });
    const connected = code.replace('ws://127.0.0.1:8080/v1/stream', server.url);
    expect(connected).toContain(server.url);
    writeFileSync(program, connected);
    const env = { PATH: `${folder}:${process.env.PATH}` };
    const { code: exitCode, stdout, stderr } = await runCommand(program, [], env);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^\w+ 0\.\d+ (negative|neutral|positive)$/m);
    expect(stdout).toContain("type: 'Summary'");
  } finally {
    rmSync(folder, { recursive: true });
    await server.close();
  }
});

it('the recording is analysed by the command lines of the README, locally and by a server', async () => {
  const lines = [...read('README.md').matchAll(/^npx undertone (analyze [^#\n]+)/gm)].map(
    ([, line]) => line!,
  );
  expect(lines).toHaveLength(2);
  const server = await startServer();
  try {
    const main = join(root, 'client-sdk/src/cli/main.ts');
    for (const line of lines) {
      const args = line.trim().replace('ws://127.0.0.1:8080', server.url).split(/\s+/);
      const { code, stderr } = await runCommand(main, args);
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
    }
  } finally {
    await server.close();
  }
});

it('every link between the pages leads somewhere', () => {
  const pages = ['README.md', 'client-sdk/README.md', 'demo/ATTRIBUTION.md', 'models/default/MODEL_CARD.md'];
  pages.push(
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.md'))
      .map((f) => `docs/${f}`),
  );
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map((match) => join(dirname(page), match[1]!))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page} -> ${target}`),
  );
  expect(broken).toEqual([]);
});

it('every npm script that the pages name exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const pages = [
    'README.md',
    'docs/training.md',
    'docs/protocol.md',
    'docs/configuration.md',
    'docs/architecture.md',
  ];
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]!),
  );
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
