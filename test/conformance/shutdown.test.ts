import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { get, startServer } from '../support/server.ts';
import { bytesOf, seconds, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const bytes = bytesOf(speech('speech_happy_f'));

test('draining lets a running stream finish, refuses new ones and says that it is not ready', async () => {
  const server = await startServer({ drainSeconds: 60 });
  expect((await get(server, '/readyz')).status).toBe(200);
  const running = await StreamClient.open(server.url);
  const closed = server.close();
  const ready = await get(server, '/readyz');
  expect([ready.status, await ready.text()]).toEqual([503, 'draining\n']);
  expect((await get(server, '/livez')).status).toBe(200);
  const late = new StreamClient(server.url);
  const [, response] = await once(late.socket, 'unexpected-response');
  expect(response.statusCode).toBe(503);
  let body = '';
  for await (const part of response) body += part;
  expect(JSON.parse(body)).toMatchObject({ code: 'going_away', retry_after_ms: 1000 });
  running.sendAudio(bytes, 3200);
  expect(await running.finish()).toMatchObject({ reason: 'client_close', audio_s: seconds(bytes) });
  await closed;
});

test('a stream that is still open at the end gets its final result, a summary and 1001', async () => {
  const server = await startServer();
  const client = await StreamClient.open(server.url);
  // In the middle of the sentence.
  client.sendAudio(bytes.subarray(0, 70_400), 3200);
  await client.first('SpeechStarted');
  await Promise.all([server.close(), server.close()]);
  expect(await client.closed).toEqual({ code: 1001, reason: 'going_away' });
  expect(client.of('Emotion').at(-1)).toMatchObject({ is_final: true });
  expect(client.messages.at(-1)).toMatchObject({ type: 'Summary', reason: 'going_away' });
});

test('a stream that can go on elsewhere is told, and sent there with 1012 before the others end', async () => {
  const server = await startServer({ drainSeconds: 5, checkpointMs: 1000 });
  const [mover, other] = [
    await StreamClient.open(server.url, 'checkpoints=true'),
    await StreamClient.open(server.url),
  ];
  mover.sendAudio(bytes, 3200);
  await mover.first('SpeechEnded');
  const closed = server.close();
  expect(await mover.closed).toEqual({ code: 1012, reason: 'restart' });
  expect(mover.of('Warning')).toMatchObject([{ code: 'draining' }]);
  expect(mover.of('Summary')).toEqual([]);
  expect(mover.of('Checkpoint').length).toBeGreaterThan(1);
  expect((await other.first('Warning')).code).toBe('draining');
  expect(other.of('Summary')).toEqual([]);
  await other.finish();
  await closed;
});

test('the executable says where it listens and exits with 0 on SIGTERM', async () => {
  const main = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));
  const args = ['--conditions=@undertone/source', '--import', 'tsx', main];
  const child = spawn(process.execPath, [...args, '--port', '0', '--model', testModelFolder()], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whatever fails, no process stays behind.
  onTestFinished(() => void child.kill('SIGKILL'));
  let logs = '';
  child.stderr.on('data', (data) => {
    logs += data;
  });
  // An exit closes the stream, so that a server that refuses to start fails the test at once.
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  const url = /^listening on (ws:\/\/127\.0\.0\.1:\d+\/v1\/stream)\n$/.exec(String(line))?.[1];
  expect(url).toBeDefined();
  const client = await StreamClient.open(url!);
  client.sendAudio(bytes, 3200);
  await client.first('SpeechStarted');
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect((await client.closed).code).toBe(1001);
  expect(client.messages.at(-1)).toMatchObject({ type: 'Summary', reason: 'going_away' });
  const lines = logs
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text).msg);
  expect(lines).toEqual(['listening', 'session opened', 'draining', 'session closed', 'stopped']);
});
