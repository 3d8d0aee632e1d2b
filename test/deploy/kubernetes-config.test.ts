/** What the manifests tell a server, told to a real one. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type Container,
  type KubernetesObject,
  renderOverlay,
  type Workload,
  workloadsOf,
} from '@undertone/deploy';
import { helpText } from '@undertone/server';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { runCommand, startCommand } from '../e2e/run-command.ts';
import { firstLog } from '../support/log-lines.ts';

const serverMain = 'server/src/main.ts';
const folder = mkdtempSync(join(tmpdir(), 'undertone-pods-'));
afterAll(() => rmSync(folder, { recursive: true }));

const settings = new Set(
  [...helpText().matchAll(/^ {2}--([a-z0-9-]+)/gm)].map(
    ([, flag]) => `UNDERTONE_${flag!.replaceAll('-', '_').toUpperCase()}`,
  ),
);

// Pods of fleet-keda are those of fleet.
const pods = ['single', 'gpu-free-edge', 'fleet'].flatMap((overlay) => {
  const objects = renderOverlay(`deploy/kubernetes/overlays/${overlay}`);
  return workloadsOf(objects).map((workload) => ({
    name: `${overlay}: ${workload.name}`,
    workload,
    objects,
  }));
});

/** The mounts of a pod as folders: config maps as they are, secrets with what you would put there. */
function mounted(workload: Workload, objects: readonly KubernetesObject[]) {
  const root = mkdtempSync(join(folder, 'pod-'));
  const { pod } = workload;
  const [container] = pod.containers as [Container];
  const inRoot = (text: string): string =>
    container.volumeMounts!.reduce((sum, { mountPath }) => sum.replaceAll(mountPath, root + mountPath), text);
  for (const { name, mountPath } of container.volumeMounts!) {
    mkdirSync(root + mountPath, { recursive: true });
    const volume = pod.volumes!.find((each) => each.name === name)!;
    const map = objects.find(
      (each) => each.kind === 'ConfigMap' && each.metadata.name === volume.configMap?.name,
    );
    for (const [file, text] of Object.entries(map?.data ?? {}))
      writeFileSync(join(root + mountPath, file), inRoot(text));
    const { items = [] } = (volume.secret ?? {}) as { items?: { path: string }[] };
    for (const { path } of items)
      writeFileSync(
        join(root + mountPath, path),
        path.endsWith('.json') ? '{"keys":[]}' : randomBytes(32).toString('base64url'),
      );
  }
  const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, inRoot(value ?? '')]));
  return { root, env, container };
}

describe.each(pods)('$name', ({ workload, objects }) => {
  test('names settings that exist, and the ports that it declares', async () => {
    const { env, container } = mounted(workload, objects);
    for (const name of Object.keys(env))
      if (name !== 'UNDERTONE_CONFIG') expect([...settings], name).toContain(name);
    const args = [...(container.args ?? []), '--print-config'];
    const { code, stdout, stderr } = await runCommand(serverMain, args, env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const config = JSON.parse(stdout) as Record<string, unknown>;
    const ports = { http: config.port, grpc: config.grpcPort, admin: config.adminPort };
    for (const { name, containerPort } of container.ports!)
      expect(ports[name as keyof typeof ports], name).toBe(containerPort);
  });
});

test('the pods of fleet-keda are those of fleet', () => {
  const [fleet, keda] = ['fleet', 'fleet-keda'].map((name) =>
    workloadsOf(renderOverlay(`deploy/kubernetes/overlays/${name}`)),
  );
  expect(keda).toEqual(fleet);
});

test.each(pods.filter(({ name }) => !name.includes('worker')))(
  '$name starts with nothing else there, and answers its probes, also while NATS is away',
  async ({ workload, objects }) => {
    const { env, container } = mounted(workload, objects);
    const ports = ['--port', '0', '--grpc-port', '0', '--admin-port', '0'];
    const { child, result } = startCommand(serverMain, ports, env);
    onTestFinished(() => void child.kill('SIGKILL'));
    const { adminUrl } = await firstLog(child, 'listening');
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
      const answer = await fetch(
        String(adminUrl).replace('0.0.0.0', '127.0.0.1') + container[probe]!.httpGet!.path,
      );
      expect([probe, answer.status, await answer.text()]).toEqual([probe, 200, 'ok\n']);
    }
    child.kill('SIGTERM');
    expect((await result).code).toBe(0);
  },
);

test('a misspelt key of the config map keeps the pod from starting, and its log says which', async () => {
  const { workload, objects } = pods[0]!;
  const { env } = mounted(workload, objects);
  const path = env.UNDERTONE_CONFIG!;
  writeFileSync(path, readFileSync(path, 'utf8').replace('drainSeconds', 'drainSecond'));
  const { code, stderr } = await runCommand(serverMain, [], env);
  expect(code).toBe(2);
  expect(stderr).toContain('got "drainSecond"; did you mean drainSeconds?');
});

test('a secret that lacks a file keeps the pod from starting, and its log says which', async () => {
  const { workload, objects } = pods[0]!;
  const { env, root } = mounted(workload, objects);
  rmSync(join(root, '/run/secrets/undertone/checkpoint-key'));
  const { code, stderr } = await runCommand(serverMain, [], env);
  expect(code).toBe(2);
  expect(stderr).toMatch(/Expected checkpointKeyFile .* to name a readable file; .*checkpoint-key: ENOENT/);
  expect(dirname(env.UNDERTONE_CONFIG!)).toContain(root);
});
