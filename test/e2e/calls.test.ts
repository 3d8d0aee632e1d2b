/** `undertone calls` with a real server that publishes to a real NATS, and with files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NatsServer } from '../support/nats-server.ts';
import { startServer } from '../support/server.ts';
import { bytesOf, interleave, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';
import { cliMain, runCommand, startCommand } from './run-command.ts';
import { FileFolder } from './speech-file.ts';

const folder = new FileFolder();
const nats = await NatsServer.create();
let server: UndertoneServer;
let results: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  await nats.start();
  env = { UNDERTONE_NATS_URL: nats.url, UNDERTONE_TENANT: 'acme' };
  results = join(folder.path, 'results.jsonl');
  server = await startServer({
    natsUrl: [nats.url],
    natsStream: 'results',
    tenant: 'acme',
    sinkFile: results,
    allowRole: ['agent'],
    alerts: 'on',
  });
});
afterAll(async () => {
  await server.close();
  await nats.remove();
  folder.remove();
});

async function call(): Promise<string> {
  const client = await StreamClient.open(server.url, 'channels=2&interval_ms=500');
  const { session_id } = await client.first('Begin');
  client.sendAudio(
    bytesOf(interleave(speech('speech_angry_f', 'speech_happy_f'), speech('speech_calm_m', 'speech_sad_m'))),
    6400,
  );
  await client.finish();
  return session_id;
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
interface Line {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
}
const eventsOf = (text: string): Line[] => linesOf(text).map((line) => JSON.parse(line) as Line);

test('what is told live and replayed is what the server wrote to its file, each event once', async () => {
  const live = startCommand(cliMain, ['calls', '--json'], env);
  let heard = '';
  live.child.stdout!.on('data', (text: string) => {
    heard += text;
  });
  // It says nothing when it is there: calls are made until one is heard.
  const sessions: string[] = [];
  while (!heard.includes('undertone.v1.summary')) {
    sessions.push(await call());
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  live.child.kill('SIGINT');
  const { code, stdout, stderr } = await live.result;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const session = sessions.findLast((each) => stdout.includes(`${each}:Begin`))!;
  const written = eventsOf(readFileSync(results, 'utf8'));
  const ofCall = (events: readonly Line[]): string[] =>
    events
      .filter(({ subject }) => subject === session)
      .map(({ id }) => id)
      .sort();
  expect(ofCall(eventsOf(stdout))).toEqual(ofCall(written));

  const replay = await runCommand(
    cliMain,
    ['calls', '--replay', '--since', '1h', '--json', '--session', session],
    env,
  );
  const isOfTheMoment = ({ id, type }: Line): boolean =>
    /SpeechStarted|SpeechEnded|Trend/.test(id) || (type === 'undertone.v1.emotion' && !isFinal(id));
  const finals = new Set(
    linesOf(readFileSync(results, 'utf8'))
      .map((line) => JSON.parse(line) as { id: string; data: { is_final?: boolean } })
      .filter(({ data }) => data.is_final === true)
      .map(({ id }) => id),
  );
  const isFinal = (id: string): boolean => finals.has(id);
  expect(ofCall(eventsOf(replay.stdout))).toEqual(ofCall(written.filter((event) => !isOfTheMoment(event))));
});

test('a call from JetStream, from the file of a sink and from its events on standard input is the same call', async () => {
  const session = await call();
  // What the file has, the stream has soon.
  let fromStream = await runCommand(cliMain, ['calls', 'show', session, '--json'], env);
  while (!fromStream.stdout.includes('"is_over":true'))
    fromStream = await runCommand(cliMain, ['calls', 'show', session, '--json'], env);
  const { channels, ...call_ } = JSON.parse(fromStream.stdout);
  const fromFile = await runCommand(cliMain, ['calls', 'show', session, '--json', '--from', results]);
  expect(JSON.parse(fromFile.stdout)).toEqual({ ...call_, channels });
  expect(call_).toMatchObject({
    format: 'undertone.timeline/1',
    session_id: session,
    end_reason: 'client_close',
  });
  expect(channels).toMatchObject([
    { role: 'customer', is_analysed: true },
    { role: 'agent', is_analysed: false, segments: [] },
  ]);
  expect(channels[0].segments.length).toBeGreaterThan(0);
  const svg = join(folder.path, 'call.svg');
  const written = await runCommand(cliMain, ['calls', 'timeline', session, '--svg', svg, '--csv'], env);
  expect(written).toMatchObject({ code: 0, stderr: '' });
  expect(linesOf(written.stdout)).toHaveLength(1 + channels[0].segments.length + call_.alerts.length);
  expect(readFileSync(svg, 'utf8')).toContain(`<title id="title">Call ${session}</title>`);
  const [shown, replayed] = await Promise.all([
    runCommand(cliMain, ['calls', 'show', session], env),
    runCommand(cliMain, ['calls', '--replay', '--session', session], env),
  ]);
  expect(shown.stdout).toMatch(/customer .*\n.*agent +not shown/);
  expect(replayed.stdout).toMatch(/begins[\s\S]*over \(client close\)/);
});

test('what is wrong is said in a line, with exit code 1', async () => {
  const cases: [string[], RegExp][] = [
    [['show', 'ut_nobody'], /^not_found: .*ut_nobody/],
    [['--replay', '--tenant', 'nobody'], /^not_found: .*undertone\.v1\.nobody/],
    [['--since', 'yesterday'], /Expected a time such as 15m/],
    [['--replay', '--type', 'Alert,Emotoin'], /Expected names out of Begin, Emotion, .*got "Emotoin"/],
    [['ut_nobody'], /unknown command 'ut_nobody'; .*undertone calls show SESSION/],
  ];
  const outcomes = await Promise.all(cases.map(([args]) => runCommand(cliMain, ['calls', ...args], env)));
  for (const [index, { code, stderr }] of outcomes.entries()) {
    expect(stderr).toMatch(cases[index]![1]);
    expect(code).toBe(1);
  }
});

test('the program of the documentation runs as it stands there', async () => {
  const page = readFileSync(new URL('../../docs/calls.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]+?)```/.exec(page)![1]!;
  const session = await call();
  const connected = code.replace('nats://127.0.0.1:4222', nats.url).replace('{\n', "{\n  tenant: 'acme',\n");
  const inside = mkdtempSync(fileURLToPath(new URL('.calls-', import.meta.url)));
  try {
    const program = join(inside, 'program.ts');
    writeFileSync(program, `${connected}\nconsole.log([...calls.keys()].join());\n`);
    const { code: exitCode, stdout, stderr } = await runCommand(program, []);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(session);
    expect(Number(linesOf(stdout)[0])).toBeGreaterThan(1000);
  } finally {
    rmSync(inside, { recursive: true });
  }
});
