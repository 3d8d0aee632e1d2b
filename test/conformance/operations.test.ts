/** What operators see of a server that runs: metrics, logs, traces, and what it makes of SIGHUP and of checks. */
import { spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { runCommand, startCommand } from '../e2e/run-command.ts';
import { wavOf } from '../support/analyze-client.ts';
import { parseExposition } from '../support/exposition.ts';
import { GrpcStreamClient } from '../support/grpc-client.ts';
import { testModelFolder } from '../support/model.ts';
import { getAdmin, startServer } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const serverMain = 'server/src/main.ts';
const bytes = bytesOf(speech('speech_happy_f'));
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';

const folder = mkdtempSync(join(tmpdir(), 'undertone-operations-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The executable, once it listens. */
async function startProcess(args: string[], env: NodeJS.ProcessEnv = {}) {
  const command = ['--port', '0', '--model', testModelFolder(), ...args];
  const { child, result } = startCommand(serverMain, command, env);
  onTestFinished(() => void child.kill('SIGKILL'));
  let logs = '';
  child.stderr!.on('data', (text) => {
    logs += text;
  });
  const [line] = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
  const url = /^listening on (\S+)\n$/.exec(String(line))?.[1];
  if (!url) throw new Error(`The server did not start: ${logs}`);
  const lines = (): Record<string, unknown>[] =>
    logs
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text));
  return { child, result, url, lines, logs: () => logs };
}

test('threads that recognise can be profiled', async () => {
  const server = await startServer({ workers: 1 });
  onTestFinished(() => server.close());
  const client = await StreamClient.open(server.url);
  const sending = setInterval(() => client.sendAudio(bytes, 3200), 20);
  onTestFinished(() => clearInterval(sending));
  let found = '';
  // What numbers threads have depends on what ran in this process before; this test is the first for that reason.
  for (let thread = 1; thread < 50 && found === ''; thread++) {
    const answer = await getAdmin(server, `/debug/profile?seconds=1&thread=${thread}`, { method: 'POST' });
    found = answer.status === 200 ? await answer.text() : '';
  }
  expect(found).toMatch(/stream-recogniser|batch-scheduler|worker-host/);
});

describe('metrics of a server that has had streams', () => {
  test('are well formed in both formats, count what happened, and name the trace of a result', async () => {
    const server = await startServer();
    onTestFinished(() => server.close());
    const socket = new WebSocket(server.url, { headers: { traceparent: `00-${traceId}-${parentId}-01` } });
    await once(socket, 'open');
    socket.send(bytes);
    socket.send(JSON.stringify({ type: 'CloseStream' }));
    await once(socket, 'close');
    const refused = new StreamClient(`${server.url}?sample_rate=1`);
    await refused.closed;

    const plain = await (await getAdmin(server, '/metrics')).text();
    const open = await (
      await getAdmin(server, '/metrics', { headers: { accept: 'application/openmetrics-text' } })
    ).text();
    const found = parseExposition(plain);
    expect(found.samples.get('undertone_sessions_total{transport="websocket",outcome="client_close"}')).toBe(
      1,
    );
    expect(found.samples.get('undertone_errors_total{code="bad_parameter"}')).toBe(1);
    expect(found.samples.get('undertone_close_total{code="1000"}')).toBe(1);
    const finals = [...found.samples].filter(([name]) => /^undertone_results_total.*final="true"/.test(name));
    expect(finals.length).toBeGreaterThan(0);
    for (const name of ['undertone_result_latency_seconds', 'undertone_real_time_lag_seconds'])
      expect(found.kinds.get(name)).toBe('histogram');
    expect(parseExposition(open).samples.get('undertone_errors_total{code="bad_parameter"}')).toBe(1);
    expect(open).toContain(`# {trace_id="${traceId}"}`);

    // What Prometheus itself says, where it is installed.
    const promtool = spawnSync('promtool', ['check', 'metrics'], { input: plain, encoding: 'utf8' });
    if (promtool.error === undefined)
      expect({ status: promtool.status, said: promtool.stderr }).toEqual({ status: 0, said: '' });
  });

  test('are on no other port', async () => {
    const server = await startServer();
    onTestFinished(() => server.close());
    for (const path of ['/metrics', '/debug/streams', '/version'])
      expect((await fetch(`http://127.0.0.1:${server.port}${path}`)).status, path).toBe(404);
  });

  test('count open streams by door and model', async () => {
    const server = await startServer();
    onTestFinished(() => server.close());
    const clients = await Promise.all([StreamClient.open(server.url), StreamClient.open(server.url)]);
    const { model } = (await clients[0]!.first('Begin')).config;
    const counts = async () => (await (await getAdmin(server, '/debug/streams')).json()).streams;
    expect(await counts()).toEqual([{ transport: 'websocket', model, count: 2 }]);
    await Promise.all(clients.map((client) => client.finish()));
    await expect.poll(counts).toEqual([]);
  });
});

test('a server without room is not ready, and says why', async () => {
  const server = await startServer({ maxSessions: 1 });
  onTestFinished(() => server.close());
  const client = await StreamClient.open(server.url);
  await client.first('Begin');
  const answer = await getAdmin(server, '/readyz');
  expect([answer.status, await answer.text()]).toEqual([503, 'full\n']);
  await client.finish();
  await expect.poll(async () => (await getAdmin(server, '/readyz')).status).toBe(200);
});

describe('the log', () => {
  test('knows a stream by its trace, through whatever door, and holds nothing of who calls or what is said', async () => {
    const args = ['--log-level', 'debug', '--grpc-port', '0'];
    const { child, result, url, logs, lines } = await startProcess(args);
    const query = 'tag=hush-tag&metadata.customer=hush-metadata';
    const headers = {
      traceparent: `00-${traceId}-${parentId}-01`,
      cookie: 'hush-cookie',
      'user-agent': 'hush-agent',
      'x-forwarded-for': '203.0.113.77',
      tracestate: 'hush=state',
    };
    const authorization = 'Bearer hush-key';
    const socket = new WebSocket(`${url}?${query}`, { headers });
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(data.toString()));
    await once(socket, 'open');
    socket.send(bytes);
    socket.send('{"type":"hush-type"}');
    await once(socket, 'close');
    for (const wrong of ['model=hush-model', 'token=hush-query', 'api_key=hush-query'])
      await new StreamClient(`${url}?${wrong}`, ['bearer', 'hush-subprotocol']).closed;
    const analyzeUrl = url.replace('ws:', 'http:').replace('/v1/stream', '/v1/analyze');
    const file = await fetch(`${analyzeUrl}?${query}`, {
      method: 'POST',
      body: wavOf(speech('speech_happy_f')),
      headers: { ...headers, authorization },
    });
    expect(file.status).toBe(200);
    messages.push(...(await file.json()).events.map((event: object) => JSON.stringify(event)));
    const address = { grpcAddress: lines()[0]!.grpcAddress } as UndertoneServer;
    const config = { tag: 'hush-tag', metadata: { customer: 'hush-metadata' } };
    const metadata = { traceparent: headers.traceparent, authorization, customer: 'hush-header' };
    const call = GrpcStreamClient.open(address, config, { metadata });
    call.sendAudio(bytes);
    expect(await call.finish()).toMatchObject({ code: 0 });
    await GrpcStreamClient.open(address, { model: 'hush-model' }).ended;
    child.kill('SIGTERM');
    expect((await result).code).toBe(0);

    const { label } = messages.map((text) => JSON.parse(text)).find(({ type }) => type === 'Emotion');
    const [opened, error, closed] = ['session opened', 'error reported', 'session closed'].map((msg) =>
      lines().find((line) => line.msg === msg),
    );
    for (const line of [opened, error, closed]) expect(line).toMatchObject({ trace_id: traceId });
    const doors = lines().filter(({ msg, trace_id }) => msg === 'session opened' && trace_id === traceId);
    expect(doors.map(({ transport }) => transport)).toEqual(['websocket', 'http', 'grpc']);
    expect(opened).toMatchObject({
      parent_span_id: parentId,
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(opened!.span_id).not.toBe(parentId);
    for (const secret of ['hush', '203.0.113', `"${label}"`, 'scores'])
      expect(logs().includes(secret), secret).toBe(false);
  });
});

describe('SIGHUP', () => {
  test('takes a changed file, keeps what it has when the file is wrong, and says what needs a restart', async () => {
    const path = join(folder, 'reload.yaml');
    writeFileSync(path, 'maxSessions: 1\n');
    const { child, url, lines } = await startProcess(['--config', path]);
    const first = await StreamClient.open(url);
    await first.first('Begin');
    const refused = new StreamClient(url);
    const [, response] = await once(refused.socket, 'unexpected-response');
    expect(response.statusCode).toBe(503);

    const reloaded = async (count: number) => {
      child.kill('SIGHUP');
      const found = () => lines().filter(({ msg }) => /^configuration/.test(String(msg)));
      await expect.poll(() => found().length).toBe(count);
      return found().at(-1)!;
    };
    writeFileSync(path, 'maxSessions: 2\nmaxBatch: 4\n');
    expect(await reloaded(1)).toMatchObject({ msg: 'configuration reloaded', settings: ['maxSessions'] });
    const second = await StreamClient.open(url);
    await second.first('Begin');
    await expect
      .poll(() => lines().find(({ msg }) => msg === 'changed settings need a restart'))
      .toMatchObject({ settings: ['maxBatch'], level: 40 });

    writeFileSync(path, 'maxSessions: 3\nidleTimeoutMs: soon\n');
    expect((await reloaded(2)).reason).toContain('Expected idleTimeoutMs');
    const third = new StreamClient(url);
    expect((await once(third.socket, 'unexpected-response'))[1].statusCode).toBe(503);
    // Streams that run are none the worse.
    first.sendAudio(bytes, 3200);
    expect(await first.finish()).toMatchObject({ reason: 'client_close' });
  });
});

/** A token that whoever has the secret can make. */
function signedToken(secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const expiresAt = Math.floor(Date.now() / 1000) + 60;
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'caller', exp: expiresAt })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

test('SIGHUP takes another secret of tokens, origins and keys of checkpoints', async () => {
  const [before, after] = ['a'.repeat(40), 'b'.repeat(40)];
  const secret = join(folder, 'jwt');
  const seal = join(folder, 'seal');
  const path = join(folder, 'secrets.yaml');
  const settings = `jwtSecretFile: ${secret}\ncheckpointKeyFile: ${seal}\n`;
  writeFileSync(secret, `${before}\n`);
  writeFileSync(seal, `${randomBytes(32).toString('base64url')}\n`);
  writeFileSync(path, settings);
  const { child, url, lines } = await startProcess(['--config', path]);
  const status = async (token: string, origin?: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`${url}?channel_roles=customer`, { headers, ...(origin ? { origin } : {}) });
    socket.on('error', () => {});
    const refused = once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number);
    const opened = once(socket, 'open').then(() => 101);
    const found = await Promise.race([refused, opened]);
    socket.terminate();
    return found;
  };
  expect([await status(signedToken(before)), await status(signedToken(after))]).toEqual([101, 401]);
  const page = 'https://calls.example';
  expect(await status(signedToken(before), page)).toBe(403);

  writeFileSync(secret, `${after}\n`);
  writeFileSync(seal, `${randomBytes(32).toString('base64url')}\n`);
  writeFileSync(path, `${settings}allowOrigin: ${page}\n`);
  child.kill('SIGHUP');
  await expect
    .poll(() => lines().find(({ msg }) => msg === 'configuration reloaded'))
    .toMatchObject({ settings: ['jwtSecret', 'allowOrigin', 'checkpointKey'] });
  expect([await status(signedToken(before)), await status(signedToken(after))]).toEqual([401, 101]);
  expect(await status(signedToken(after), page)).toBe(101);

  writeFileSync(seal, 'no key\n');
  child.kill('SIGHUP');
  await expect
    .poll(() => lines().find(({ msg }) => String(msg).startsWith('configuration not reloaded')))
    .toMatchObject({ reason: expect.stringContaining('Expected checkpointKey') });
  expect(JSON.stringify(lines())).not.toMatch(/aaaa|bbbb|no key/);
});

describe('--check-config', () => {
  test('says everything that is wrong at once, also what only opening shows', async () => {
    const path = join(folder, 'bad.yaml');
    const wrong = [
      'modle: x',
      'tlsCertFile: /nowhere.crt',
      'adminHost: 0.0.0.0',
      'adminPort: 0',
      'jwtJwksUrl: ftp://x',
    ];
    writeFileSync(path, [...wrong, 'checkpointKey: [hush]'].join('\n'));
    const args = ['--check-config', '--config', path, '--port', 'x', '--model', '/nowhere,/nobody'];
    const { code, stdout, stderr } = await runCommand(serverMain, args);
    expect([code, stdout]).toEqual([2, '']);
    for (const part of [
      'did you mean model?',
      'Expected --port to be',
      'Expected adminToken',
      'Expected tlsCertFile to name a readable file; /nowhere.crt: ENOENT.',
      'Expected tlsCertFile and tlsKeyFile together',
      'Expected jwtAudience',
      'Expected checkpointKey',
      '/nowhere/manifest.json',
      '/nobody/manifest.json',
    ])
      expect(stderr).toContain(part);
    expect(stderr).not.toContain('hush');
  });

  test('says nothing where a server would start, and starts none', async () => {
    const { code, stderr, stdout } = await runCommand(serverMain, [
      '--check-config',
      '--model',
      testModelFolder(),
    ]);
    expect({ code, stderr, stdout }).toEqual({
      code: 0,
      stderr: '',
      stdout: 'Nothing keeps the server from starting.\n',
    });
  });
});

test('a variable that is nearly the name of a setting is warned of', async () => {
  const { lines } = await startProcess([], { UNDERTONE_PROT: '1' });
  expect(lines()[0]).toMatchObject({ level: 40, msg: 'UNDERTONE_PROT is no setting; UNDERTONE_PORT is.' });
});

test('with results on standard output nothing else is there, and where it listens is said on standard error', async () => {
  const command = ['--port', '0', '--model', testModelFolder(), '--sink-stdout'];
  const { child } = startCommand(serverMain, command);
  onTestFinished(() => void child.kill('SIGKILL'));
  let [said, results] = ['', ''];
  child.stdout!.on('data', (text) => {
    results += text;
  });
  const url = await new Promise<string>((resolve) => {
    child.stderr!.on('data', (text) => {
      said += text;
      const found = /^listening on (\S+)$/m.exec(said)?.[1];
      if (found) resolve(found);
    });
  });
  const client = await StreamClient.open(url);
  client.sendAudio(bytes, 6400);
  await client.finish();
  child.kill('SIGTERM');
  await once(child, 'exit');
  const types = results
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).data.type);
  expect([types[0], types.at(-1)]).toEqual(['Begin', 'Summary']);
});
