/** `undertone archive` on a real nats-server, with a worker that takes what it enqueues. */
import { readFileSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArchiveJob } from '@undertone/proto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordings, writeRecording } from '../load/archive-recordings.ts';
import { WorkerProcess } from '../load/worker-process.ts';
import { testModelFolder } from '../support/model.ts';
import { NatsServer } from '../support/nats-server.ts';
import { type CommandResult, cliMain, runCommand } from './run-command.ts';

const page = readFileSync(new URL('../../docs/archive.md', import.meta.url), 'utf8');
let nats: NatsServer;
let folder: string;
let worker: WorkerProcess | null = null;
beforeAll(async () => {
  nats = await NatsServer.create();
  await nats.start();
  folder = await mkdtemp(join(tmpdir(), 'undertone-archive-'));
  const recordingOf = await recordings();
  for (const [i, path] of ['a.wav', '2026/b c.WAV', '2026/copy of b.wav'].entries())
    await writeRecording(folder, path, recordingOf(Math.min(i, 1), 4));
  await writeFile(join(folder, 'notes.txt'), 'no recording');
  await writeFile(join(folder, 'broken.wav'), 'no audio');
});
afterAll(async () => {
  await worker?.kill();
  await nats.remove();
  await rm(folder, { recursive: true });
});

const archive = (...args: string[]): Promise<CommandResult> =>
  runCommand(cliMain, ['archive', ...args], { UNDERTONE_NATS_URL: nats.url });

function fromPage(command: RegExp): string[] {
  const text = command.exec(page)![1]!;
  return text.replace('nats://127.0.0.1:4222', nats.url).replace('/srv/recordings', folder).split(' ');
}

async function lines(...args: string[]): Promise<Record<string, unknown>[]> {
  const { stdout, stderr } = await archive(...args, '--json');
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('a folder is enqueued once, however often it is, and what is done stays done', async () => {
  const first = await lines('enqueue', ...fromPage(/^undertone archive enqueue (.*)$/m));
  expect(first.at(-1)).toEqual({ type: 'Enqueued', queued: 4, waiting: 0, done: 0, failed: 0 });
  const ids = first.slice(0, -1).map(({ id }) => String(id));
  expect(new Set(ids).size).toBe(4);
  expect(first[0]).toMatchObject({ session: `ut_${first[0]!.id}`, state: 'queued' });
  // The folder named in another way, two files by themselves.
  const again = await lines('enqueue', '--root', folder, `${folder}/2026/`, join(folder, 'a.wav'));
  expect(again.at(-1)).toEqual({ type: 'Enqueued', queued: 0, waiting: 3, done: 0, failed: 0 });
  // Other parameters or another content make another job.
  const other = await lines('enqueue', folder, '--param', 'dimensions=false', '--param', 'labels=false');
  expect(other.at(-1)).toMatchObject({ queued: 4 });
  await appendFile(join(folder, 'a.wav'), 'x');
  expect((await lines('enqueue', folder)).at(-1)).toMatchObject({ queued: 1, waiting: 3 });
  expect((await archive('status')).stdout).toBe(
    '9 waiting, 0 running, 0 done, 0 dead; no worker takes any.\n',
  );

  // As docs/archive.md has it.
  const more = ['--model', testModelFolder(), '--workers', '1', '--log-level', 'silent'];
  worker = WorkerProcess.start([...fromPage(/^undertone-server worker (.*)$/m), ...more], false);
  expect((await lines('status', '--watch')).at(-1)).toMatchObject({
    waiting: 0,
    running: 0,
    seconds_left: 0,
  });
  const [told, dead] = await Promise.all([archive('status'), lines('status', '--dead')]);
  expect(told.stdout).toBe('0 waiting, 0 running, 7 done, 2 dead.\n');
  expect(dead).toHaveLength(2);
  expect(dead[0]).toMatchObject({ type: 'Dead', code: 'bad_wav', deliveries: 1 });
  // Whoever looked into what was given up may try again.
  expect((await lines('enqueue', folder)).at(-1)).toEqual({
    type: 'Enqueued',
    ...{ queued: 1, waiting: 0, done: 3, failed: 0 },
  });
  // It is given up again, which makes it no more done than before.
  expect((await lines('status', '--watch')).at(-1)).toMatchObject({
    waiting: 0,
    running: 0,
    done: 7,
    dead: 2,
  });
});

test('roles of channels may be named, of however many channels the recordings are', async () => {
  const params = ['channel_roles=customer,agent', 'channel_roles=customer', 'analyze=customer', 'channels=2'];
  const told = params.map((param) => archive('enqueue', folder, '--param', param, '--tenant', 'others'));
  for (const { stdout, stderr } of await Promise.all(told))
    expect({ stdout, stderr }).toEqual({ stdout: '4 queued.\n', stderr: '' });
});

test('what cannot be enqueued is said, with the code of the error', async () => {
  const cases: [string[], string][] = [
    [['enqueue', join(folder, 'none')], 'file_not_found'],
    [['enqueue', '--list', join(folder, 'none')], 'file_not_found'],
    [['enqueue'], 'bad_parameter'],
    [['enqueue', folder, '--param', 'channel_roles=customer,boss'], 'bad_parameter'],
    [['enqueue', '--root', join(folder, '2026'), join(folder, 'a.wav')], 'bad_parameter'],
    [['enqueue', folder, '--param', 'interval_ms=1'], 'bad_parameter'],
    [['enqueue', folder, '--param', 'alerts'], 'bad_parameter'],
    [['enqueue', folder, '--nats-url', 'nats://127.0.0.1:1'], 'connection_failed'],
    [['status', '--tenant', 'a.b'], 'bad_parameter'],
  ];
  await Promise.all(
    cases.map(async ([args, code]) => {
      const { code: exit, stderr, stdout } = await archive(...args);
      expect({ exit, stdout, stderr }, args.join(' ')).toEqual({
        exit: 1,
        stdout: '',
        stderr: expect.stringMatching(new RegExp(`^${code}: Expected .*\\n$`)),
      });
    }),
  );
});

test('the job of the page is one', () => {
  const job = /```json\n(\{[^`]*\})\n```/.exec(page)![1]!;
  expect(parseArchiveJob(job).source).toMatch(/^file:/);
});

test('addresses come from a list', async () => {
  const list = join(folder, 'list.txt');
  await writeFile(
    list,
    '# of May\nhttps://store.example/calls/1.wav\n\nhttps://store.example/calls/2.wav?sig=x\n',
  );
  const found = await lines('enqueue', '--list', list, '--tenant', 'other');
  expect(found.map(({ file }) => file).slice(0, 2)).toEqual([
    'https://store.example/calls/1.wav',
    'https://store.example/calls/2.wav?sig=x',
  ]);
  expect(found.at(-1)).toMatchObject({ queued: 2 });
});
