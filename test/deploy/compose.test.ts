/** `deploy/compose`: held against the schema of Compose, what it mounts, and what the programs that it starts make of it. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ComposeFile, composeProblems } from '@undertone/deploy';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { runCommand } from '../e2e/run-command.ts';
import { getAdmin, metric, startServer } from '../support/server.ts';

const root = resolve('deploy/compose');
const text = readFileSync(`${root}/compose.yaml`, 'utf8');
const compose = parse(text) as ComposeFile;
const services = Object.entries(compose.services);
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const folder = mkdtempSync(join(tmpdir(), 'undertone-compose-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('is what the schema of Compose says', () => {
  expect(composeProblems(compose)).toEqual([]);
  expect(composeProblems({ ...compose, services: { server: { imagee: 'x' } } }).join()).toContain('imagee');
});

test('runs this version, without root’s capabilities, and its own programs on a file system that is read-only', () => {
  for (const [name, service] of services) {
    const isOurs = service.image.startsWith('undertone/');
    if (isOurs)
      expect([name, service.image, service.read_only]).toEqual([name, `undertone/server:${version}`, true]);
    expect([name, service.cap_drop]).toEqual([name, ['ALL']]);
    expect(service.image, name).toMatch(/:[\w.-]*\d/);
  }
});

test('mounts what is there, and names what it declares', () => {
  for (const [name, { volumes = [], secrets = [], depends_on: needed = [] }] of services) {
    for (const mount of volumes) {
      const [source] = mount.split(':') as [string];
      const isThere = source.startsWith('.')
        ? existsSync(join(root, source))
        : source in (compose.volumes ?? {});
      expect(isThere, `${name}: ${mount}`).toBe(true);
    }
    for (const secret of secrets) expect(compose.secrets, name).toHaveProperty(secret);
    for (const other of Array.isArray(needed) ? needed : Object.keys(needed))
      expect(compose.services, name).toHaveProperty(other);
  }
});

test('publishes ports on this machine only', () => {
  for (const [name, { ports = [] }] of services)
    for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
});

test.each(['undertone.yaml', 'worker.yaml'])('the settings of %s are settings', async (file) => {
  const secret = join(folder, 'token');
  writeFileSync(secret, 'a-token-of-the-admin-listener-of-a-trial');
  const path = join(folder, file);
  const settings = readFileSync(join(root, file), 'utf8');
  writeFileSync(path, settings.replace('/run/secrets/undertone-admin-token', secret));
  const { code, stderr, stdout } = await runCommand('server/src/main.ts', [
    '--print-config',
    '--config',
    path,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ adminPort: 9464, natsUrl: ['nats://nats:4222'] });
});

test('nats-server takes its file', () => {
  const { status, stderr } = spawnSync('nats-server', ['-t', '--config', `${root}/nats.conf`], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, expect.stringContaining('is valid')]);
});

test('Prometheus takes its file, and finds the secret and the services that it names', () => {
  const config = readFileSync('deploy/prometheus/prometheus.yml', 'utf8');
  for (const [, name] of config.matchAll(/\/run\/secrets\/([\w-]+)/g))
    expect(compose.secrets).toHaveProperty(name!);
  for (const [, name] of config.matchAll(/['"]([\w-]+):\d+['"]/g))
    expect(compose.services).toHaveProperty(name!);
});

test('the demo load has calls at a server, and of the customer alone', async () => {
  const server = await startServer();
  onTestFinished(() => server.close());
  const child = spawn(process.execPath, [`${root}/demo-load.mjs`], {
    env: { ...process.env, URL: server.url, STREAMS: '2', WAV: 'demo/call.wav' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (part) => {
    said += String(part);
  });
  await expect
    .poll(() => metric(server, 'undertone_audio_received_seconds_total'), { timeout: 20_000 })
    .toBeGreaterThan(0.5);
  const open = (await (await getAdmin(server, '/debug/streams')).json()) as { streams: { count: number }[] };
  expect(open.streams[0]!.count).toBeGreaterThan(0);
  expect(said).toBe('');
});

test('each file of the folder is used', () => {
  for (const name of readdirSync(root).filter((each) => !['compose.yaml', 'admin-token'].includes(each)))
    expect(text, name).toContain(`./${name}:`);
});
