/** Servers of one fleet whose clocks differ: the time of day of some is shifted by libfaketime, their timers are not. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../e2e/run-command.ts';
import { FileFolder } from '../e2e/speech-file.ts';
import { ServerProcess } from '../load/server-process.ts';
import { testModelFolder } from '../support/model.ts';
import { lastCheckpoint, ordinalsOf } from '../support/restoring.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const folder = new FileFolder();
const keysFile = join(folder.path, 'keys.json');
const shared = {
  UNDERTONE_CHECKPOINT_KEY: randomBytes(32).toString('base64url'),
  UNDERTONE_TOKEN_SECRET: randomBytes(32).toString('base64url'),
};
const servers = new Map<number, ServerProcess>();
let key: string;

/** Debian keeps it in a folder named after the architecture. */
function fakeTimeLibrary(): string {
  const paths = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`);
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error('Expected libfaketime; install the Debian package faketime.');
  return found;
}

async function startShifted(seconds: number): Promise<void> {
  const shift = {
    LD_PRELOAD: fakeTimeLibrary(),
    FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const args = ['--model', testModelFolder(), '--log-level', 'error', '--max-utilisation', '1'];
  args.push('--keys-file', keysFile, '--checkpoint-max-age-seconds', '900');
  servers.set(
    seconds,
    await ServerProcess.start(args, { env: seconds === 0 ? shared : { ...shared, ...shift } }),
  );
}

beforeAll(async () => {
  const made = await runCommand('server/src/main.ts', ['keys', 'create', '--id', 'me', '--file', keysFile]);
  key = /^key: (\S+)$/m.exec(made.stdout)![1]!;
  for (const seconds of [0, 240, -240, 960, -360]) await startShifted(seconds);
});
afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
  folder.remove();
});

const open = (seconds: number, query: string, credential = key): Promise<StreamClient> =>
  StreamClient.open(servers.get(seconds)!.url, query, ['undertone.v1', 'bearer', credential]);

async function checkpointOf(seconds: number): Promise<{ checkpoint: string; ordinals: number[] }> {
  const client = await open(seconds, 'checkpoints=true&channel_roles=customer');
  client.socket.send(bytesOf(speech('speech_happy_f')));
  await client.first('Emotion');
  await client.first('Checkpoint');
  const { checkpoint } = lastCheckpoint(client.messages);
  client.socket.terminate();
  return { checkpoint, ordinals: ordinalsOf(client.messages, 1) };
}

async function restoreAt(seconds: number): Promise<{ resumed: boolean; error: unknown }> {
  const client = await open(seconds, 'resume=true');
  client.sendMessage({ type: 'Restore', ...(await checkpointOf(0)) });
  await Promise.race([client.first('Begin').catch(() => {}), client.closed]);
  const result = { resumed: client.of('Begin')[0]?.resumed === true, error: client.of('Error')[0] };
  client.socket.terminate();
  return result;
}

test('the shifted servers do have another time of day', async () => {
  for (const [seconds, server] of servers) {
    const date = (await fetch(`${server.adminUrl}/livez`)).headers.get('date')!;
    expect(Math.abs(Date.parse(date) - Date.now() - seconds * 1000)).toBeLessThan(10_000);
  }
});

test.each([240, -240])('a stream goes on at a server whose clock is off by %d s', async (seconds) => {
  expect(await restoreAt(seconds)).toEqual({ resumed: true, error: undefined });
});

test('a checkpoint is too old for a server that is ahead by more than its age, which says so', async () => {
  expect(await restoreAt(960)).toMatchObject({
    resumed: false,
    error: {
      code: 'bad_checkpoint',
      message: expect.stringMatching(/at most 900 s; it was made 9\d\d s ago/),
    },
  });
});

test('a checkpoint from more than five minutes ahead is refused, and the message shows the clocks', async () => {
  expect(await restoreAt(-360)).toMatchObject({
    resumed: false,
    error: { code: 'bad_checkpoint', message: expect.stringMatching(/it was made -3[56]\d s ago/) },
  });
});

async function statusOf(seconds: number, token: string): Promise<number> {
  const client = new StreamClient(`${servers.get(seconds)!.url}?channel_roles=customer`, [
    'undertone.v1',
    'bearer',
    token,
  ]);
  const status = await new Promise<number>((resolve) => {
    client.socket.once('open', () => resolve(101));
    client.socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
  });
  client.socket.terminate();
  return status;
}

test('a token expires at a server that is ahead by more than its life and 10 s, and lasts longer at one that is behind', async () => {
  const tokens = servers.get(0)!.url.replace('ws:', 'http:').replace('/v1/stream', '/v1/tokens');
  const make = async (ttl_seconds: number): Promise<string> => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await fetch(tokens, { method: 'POST', headers, body: JSON.stringify({ ttl_seconds }) });
    return ((await answer.json()) as { token: string }).token;
  };
  const [short, enough] = [await make(60), await make(300)];
  expect(await statusOf(240, short)).toBe(401);
  expect(await statusOf(240, enough)).toBe(101);
  expect(await statusOf(-240, short)).toBe(101);
});
