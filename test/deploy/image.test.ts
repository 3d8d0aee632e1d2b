/** The image of the server: its Dockerfile is linted, carried out in empty folders, and what comes out of it has a call. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recognizer } from '@undertone/client-sdk';
import { packets, readAudioFile } from '@undertone/client-sdk/node';
import { type BuiltImage, buildImage, dockerfileProblems, treeBytes } from '@undertone/deploy';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { firstLog } from '../support/log-lines.ts';

const path = 'deploy/container/Dockerfile';
const text = readFileSync(path, 'utf8');

describe('the Dockerfile', () => {
  test('is without a mistake', () => {
    expect(dockerfileProblems(text)).toEqual([]);
  });

  test.each([
    ['a misspelt instruction', 'EXPOSE', 'EXPSE', 'EXPSE'],
    ['root', 'USER 10001:10001', 'USER 0:0', 'not root'],
    ['an image without version', '=debian:bookworm-slim', '=debian', 'a fixed version'],
    ['the newest image', 'bookworm-slim', 'latest', 'a fixed version'],
    ['no health check', /HEALTHCHECK.*/, '', 'HEALTHCHECK'],
    ['a secret', 'ENV NODE_ENV=production', 'ENV API_TOKEN=x', 'no secret'],
    ['packages that no lockfile names', 'RUN npm ci\n', 'RUN npm install\n', 'npm ci'],
    ['a stage that is not there', '--from=node', '--from=nodes', null],
  ])('with %s is refused', (_, from, to, problem) => {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    if (problem !== null) expect(dockerfileProblems(changed).join('\n')).toContain(problem);
  });
});

describe('carried out', () => {
  const out = mkdtempSync(join(tmpdir(), 'undertone-image-'));
  let image: BuiltImage;
  beforeAll(() => {
    image = buildImage(path, { context: '.', out, debianRoot: null, buildRoot: null, onStep: () => {} });
  }, 600_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  test('leaves the library of this platform only, and less than 170 MB without the operating system', () => {
    const libraries = join(image.root, 'app/node_modules/onnxruntime-node/bin');
    const found = readdirSync(libraries, { recursive: true }).map(String);
    const systems = found.filter((each) => /^[^/]+\/[^/]+\/[^/]+$/.test(each));
    expect(systems).toEqual([expect.stringMatching(`${process.platform}/${process.arch}$`)]);
    expect(treeBytes(image.root) / 1e6).toBeLessThan(170);
  });

  test('holds no package that only development needs, and lists those that it holds', () => {
    const packages = readdirSync(join(image.root, 'app/node_modules'));
    for (const name of ['vitest', 'typescript', 'tsx', 'onnxruntime-web', '@biomejs', '.bin/tsc'])
      expect(packages).not.toContain(name);
    const bill = JSON.parse(readFileSync(join(image.root, 'app/sbom.cdx.json'), 'utf8')) as {
      bomFormat: string;
      components: { name: string; licenses?: unknown; hashes?: unknown }[];
    };
    expect(bill.bomFormat).toBe('CycloneDX');
    const listed = bill.components.map(({ name }) => name);
    const installed = packages.flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(image.root, 'app/node_modules', name)).map((inner) => `${name}/${inner}`)
        : [name],
    );
    const others = installed.filter((name) => !/^(@undertone|\.)/.test(name));
    expect(listed).toEqual(expect.arrayContaining([...others, 'preact', 'onnxruntime-web']));
    expect(bill.components.filter(({ licenses, hashes }) => !licenses || !hashes)).toEqual([]);
  });

  test('its server hears a call, as nobody in particular, where it can write nothing', async () => {
    const isRoot = process.getuid?.() === 0;
    const node = join(image.root, 'usr/local/bin/node');
    const [, ...flags] = image.entrypoint.map((each) => each.replace(/^\/app/, join(image.root, 'app')));
    const settings = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0'];
    // Only root may take away the right to write, and become somebody else.
    const sealed = `mount --bind "${image.root}" "${image.root}" && mount -o remount,ro,bind "${image.root}" && cd "${image.root}/app" && exec setpriv --reuid=10001 --regid=10001 --clear-groups "$@"`;
    const command = isRoot ? ['unshare', '--mount', 'sh', '-c', sealed, 'sh'] : [];
    if (isRoot) spawnSync('chmod', ['755', out]);
    const [program, ...args] = [...command, node, ...flags, ...settings];
    const child = spawn(program!, args, {
      cwd: join(image.root, 'app'),
      env: { PATH: process.env.PATH, ...image.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const { url, adminUrl, consoleUrl } = await firstLog(child, 'listening');
    const stream = new Recognizer({
      url: String(url),
      encoding: 'mulaw',
      sampleRateHz: 8000,
      channels: 2,
      analyze: ['customer'],
      channelRoles: ['customer', 'agent'],
    });
    const labels: unknown[] = [];
    stream.on('emotion', ({ label, is_final: isFinal }) => isFinal && labels.push(label));
    const audio = await readAudioFile('demo/call.wav');
    await stream.opened;
    for (const packet of packets(audio, 100)) await stream.write(packet);
    await stream.close();
    expect(labels.length).toBeGreaterThan(2);
    expect((await fetch(String(consoleUrl))).status).toBe(200);
    if (isRoot) {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe('10001');
    }
    const check = image.healthCheck.slice(1).map((each) => join(image.root, each));
    const health = (port: string) => spawnSync(node, check, { env: { UNDERTONE_ADMIN_PORT: port } }).status;
    expect([health(new URL(String(adminUrl)).port), health('1')]).toEqual([0, 1]);
    child.kill('SIGTERM');
    const [code] = await new Promise<[number | null]>((resolve) =>
      child.once('exit', (each) => resolve([each])),
    );
    expect(code).toBe(0);
  });
});
