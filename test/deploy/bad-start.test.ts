/** What is wrong where a server starts: it says so, and never serves from a model that is not what it was. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recognizer } from '@undertone/client-sdk';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../e2e/run-command.ts';
import { firstLog } from '../support/log-lines.ts';
import { testModelFolder } from '../support/model.ts';
import { bytesOf, speech } from '../support/speech.ts';

const serverMain = 'server/src/main.ts';
const folder = mkdtempSync(join(tmpdir(), 'undertone-bad-start-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the model with one file changed. */
function brokenModel(file: string, change: (bytes: Buffer) => Buffer): string {
  const copy = mkdtempSync(join(folder, 'model-'));
  cpSync(testModelFolder(), copy, { recursive: true });
  writeFileSync(join(copy, file), change(readFileSync(join(copy, file))));
  return copy;
}

test('a model whose network is damaged is refused, with the hash that was expected', async () => {
  const model = brokenModel('step.onnx', (bytes) => {
    bytes[bytes.length - 100]! ^= 1;
    return bytes;
  });
  const { code, stderr, stdout } = await runCommand(serverMain, ['--port', '0', '--model', model]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    /^model_mismatch: Expected step.onnx with SHA-256 [0-9a-f]{64}; found [0-9a-f]{64}/m,
  );
});

test('a model that does not give what its trainer saw is refused', async () => {
  const model = brokenModel('golden.json', (bytes) => {
    const golden = JSON.parse(String(bytes)) as { cases: Record<string, unknown>[] };
    const [first] = golden.cases;
    for (const [name, value] of Object.entries(first!))
      if (Array.isArray(value) && name !== 'features') first![name] = value.map((each: number) => each + 0.5);
    return Buffer.from(JSON.stringify(golden));
  });
  const { code, stderr, stdout } = await runCommand(serverMain, ['--port', '0', '--model', model]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^model_mismatch: /m);
});

test.each(['/proc/results.jsonl', '/dev/full'])(
  'where results cannot be written to %s, a server does not start and says so',
  async (path) => {
    const { code, stderr } = await runCommand(serverMain, ['--port', '0', '--sink-file', path]);
    expect(code).toBe(2);
    expect(stderr).toContain(`Expected sinkFile ${path} to be a file that can be written`);
  },
);

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)('a disk that is full (needs root) is logged, and streams go on', async () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const node = `exec "${process.execPath}" --conditions=@undertone/source --import tsx ${serverMain}`;
  const mount = `mount -t tmpfs -o size=4k tmpfs "${disk}"`;
  const settings = `--port 0 --admin-port 0 --sink-file "${disk}/results.jsonl"`;
  const child = spawn('unshare', ['--mount', 'sh', '-c', `${mount} && ${node} ${settings}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const full = firstLog(child, 'results wait: the sink does not take them');
  const { url, adminUrl } = await firstLog(child, 'listening');
  let summaries = 0;
  for (let i = 0; i < 4; i++) {
    const stream = new Recognizer({ url: String(url), encoding: 'linear16', sampleRateHz: 16_000 });
    stream.on('summary', () => summaries++);
    await stream.opened;
    await stream.write(bytesOf(speech('speech_happy_f')));
    await stream.close();
  }
  expect(summaries).toBe(4);
  expect(JSON.stringify(await full)).toContain('ENOSPC');
  expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200);
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  expect(metrics).toMatch(/^undertone_sink_backlog_events\{sink="file"\} [1-9]/m);
});
