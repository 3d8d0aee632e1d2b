/** Every overlay, as `kubectl kustomize` renders it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { measuredCosts, planCapacity } from '../capacity/capacity-plan.ts';
import { exampleRequest } from '../capacity/capacity-table.ts';
import { mebibytes } from './check-container.ts';
import { objectProblems } from './check-objects.ts';
import { type Container, type KubernetesObject, workloadsOf } from './kubernetes-object.ts';
import { prometheusRule } from './prometheus-rule.ts';
import { parseObjects, renderOverlay } from './render-overlay.ts';
import { schemaProblems } from './validate-object.ts';

const root = fileURLToPath(new URL('../../kubernetes/', import.meta.url));
const overlays = readdirSync(`${root}overlays`).map(
  (name) => [name, renderOverlay(`${root}overlays/${name}`)] as const,
);
const rendered = new Map(overlays);
const version = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

test('there are the overlays that the documentation names', () => {
  expect([...rendered.keys()].sort()).toEqual(['fleet', 'fleet-keda', 'gpu-free-edge', 'single']);
});

describe.each(overlays)('%s', (_, objects) => {
  test('is what the schemas of Kubernetes, KEDA and the Prometheus operator say, to the last field', () => {
    expect(objects.length).toBeGreaterThan(5);
    expect(objects.flatMap(schemaProblems)).toEqual([]);
  });

  test('fits together and asks for no rights that it does not need', () => {
    expect(objectProblems(objects)).toEqual([]);
  });

  test('runs the image of this version', () => {
    const images = workloadsOf(objects).flatMap(({ pod }) => pod.containers.map(({ image }) => image));
    expect(new Set(images)).toEqual(new Set([`undertone/server:${version}`]));
  });

  test('requests the memory of the streams that its cores carry', () => {
    for (const { pod } of workloadsOf(objects)) {
      const { requests } = pod.containers[0]!.resources!;
      const coresPerPod = Number(requests!.cpu);
      const plan = planCapacity({
        ...exampleRequest,
        streams: 1,
        cost: measuredCosts.get(100)!,
        coresPerPod,
      });
      expect(mebibytes(requests!.memory)).toBe(plan.memoryMibPerPod);
    }
  });

  test('leaves streams the time to drain before the pod is killed', () => {
    for (const { pod } of workloadsOf(objects)) {
      const volume = pod.volumes!.find(({ name }) => name === 'config')!;
      const map = objects.find(({ metadata }) => metadata.name === volume.configMap!.name)!;
      const config = parse(map.data!['undertone.yaml']!) as { drainSeconds: number; shutdownGraceMs: number };
      const [command, seconds = '0'] = pod.containers[0]!.lifecycle?.preStop?.exec?.command ?? ['sleep'];
      expect(command).toBe('sleep');
      const needed = Number(seconds) + config.drainSeconds + config.shutdownGraceMs / 1000;
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(needed);
    }
  });
});

test('the rules of the fleet are those of deploy/prometheus', () => {
  const rules = rendered.get('fleet')!.find(({ kind }) => kind === 'PrometheusRule');
  expect(rules).toEqual(parse(prometheusRule(fileURLToPath(new URL('../../prometheus/', import.meta.url)))));
});

describe('autoscaling', () => {
  test('asks for the metric that the adapter gives', () => {
    const autoscaler = rendered
      .get('fleet')!
      .find(({ kind }) => kind === 'HorizontalPodAutoscaler') as unknown as {
      spec: { metrics: { type: string; pods?: { metric: { name: string } }; resource?: { name: string } }[] };
    };
    const [first, second] = autoscaler.spec.metrics;
    const { rules } = parse(readFileSync(`${root}prometheus-adapter/rules.yaml`, 'utf8')) as {
      rules: { seriesQuery: string; name: { matches: string; as: string } }[];
    };
    const metric = first!.pods!.metric.name;
    const [rule] = rules.filter(({ seriesQuery }) => seriesQuery.startsWith(`${metric}{`));
    expect(metric.replace(new RegExp(rule!.name.matches), rule!.name.as)).toBe(metric);
    expect(second!.resource!.name).toBe('cpu');
  });

  test('by KEDA and by the adapter comes to the same number of pods', () => {
    const [byKeda, byAdapter] = ['fleet-keda', 'fleet'].map((name) =>
      rendered
        .get(name)!
        .find(
          ({ kind, metadata }) => /^(ScaledO|HorizontalPodA)/.test(kind) && metadata.name === 'undertone',
        ),
    ) as unknown as [
      {
        spec: {
          minReplicaCount: number;
          maxReplicaCount: number;
          triggers: { metadata: Record<string, string> }[];
          advanced: { horizontalPodAutoscalerConfig: { behavior: object } };
        };
      },
      {
        spec: {
          minReplicas: number;
          maxReplicas: number;
          behavior: object;
          metrics: { pods?: { target: { averageValue: string } } }[];
        };
      },
    ];
    expect([byKeda.spec.minReplicaCount, byKeda.spec.maxReplicaCount]).toEqual([
      byAdapter.spec.minReplicas,
      byAdapter.spec.maxReplicas,
    ]);
    expect(byKeda.spec.advanced.horizontalPodAutoscalerConfig.behavior).toEqual(byAdapter.spec.behavior);
    const target = byAdapter.spec.metrics[0]!.pods!.target.averageValue;
    expect(Number(byKeda.spec.triggers[0]!.metadata.threshold) * 1000).toBe(Number.parseInt(target, 10));
    expect(Number.parseInt(target, 10) / 1000).toBe(exampleRequest.targetLoad);
  });
});

/** A copy of the fleet with one thing wrong in it. */
function broken(change: (objects: KubernetesObject[], container: Mutable) => void): KubernetesObject[] {
  const objects = structuredClone(rendered.get('fleet')!) as KubernetesObject[];
  change(
    objects,
    workloadsOf(objects).find(({ name }) => name === 'undertone')!.pod.containers[0] as Mutable,
  );
  return objects;
}

type Mutable = { -readonly [K in keyof Container]: Container[K] } & Record<string, unknown>;
type Loose = Record<string, Record<string, unknown>>;
const specOf = (objects: KubernetesObject[], kind: string): Loose =>
  objects.find((each) => each.kind === kind && each.metadata.name === 'undertone')!.spec as Loose;

describe('a mistake', () => {
  test.each<[string, Parameters<typeof broken>[0], string]>([
    [
      'a misspelt field',
      (_, c) => Object.assign(c, { readnessProbe: {} }),
      'no field /spec/template/spec/containers/0/readnessProbe',
    ],
    [
      'a number as text',
      (all) => Object.assign(specOf(all, 'Deployment'), { replicas: 'three' }),
      'replicas must be integer',
    ],
    [
      'an unknown kind',
      (all) => Object.assign(all[0]!, { kind: 'Namespce' }),
      'a kind that a schema is known of',
    ],
    [
      'a wrong field of KEDA',
      (all) =>
        all.push({
          apiVersion: 'keda.sh/v1alpha1',
          kind: 'ScaledObject',
          metadata: { name: 'x', namespace: 'undertone' },
          spec: { scaleTargetRef: { name: 'undertone' } },
        }),
      'triggers',
    ],
    [
      'a wrong field of the operator',
      (all) => Object.assign(specOf(all, 'ServiceMonitor'), { endpoint: [] }),
      'no field /spec/endpoint',
    ],
  ])('%s is found by the schemas', (_, change, problem) => {
    expect(broken(change).flatMap(schemaProblems).join('\n')).toContain(problem);
  });

  test.each<[string, Parameters<typeof broken>[0], string]>([
    [
      'root',
      (all) =>
        Object.assign((specOf(all, 'Deployment') as never as { template: { spec: object } }).template.spec, {
          securityContext: {},
        }),
      'not root',
    ],
    [
      'a root file system to write on',
      (_, c) => Object.assign(c.securityContext!, { readOnlyRootFilesystem: false }),
      'read-only',
    ],
    [
      'a capability',
      (_, c) => Object.assign(c.securityContext!, { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }),
      'capabilities dropped',
    ],
    [
      'privileges that grow',
      (_, c) => Object.assign(c.securityContext!, { allowPrivilegeEscalation: true }),
      'allowPrivilegeEscalation',
    ],
    [
      'the newest image',
      (_, c) => {
        c.image = 'undertone/server:latest';
      },
      'a fixed version',
    ],
    ['no limit of CPU', (_, c) => Object.assign(c.resources!.limits!, { cpu: undefined }), 'a limit of CPU'],
    [
      'a probe at no port',
      (_, c) => Object.assign(c.readinessProbe!.httpGet!, { port: 'metrics' }),
      'readinessProbe at one of its ports; got metrics',
    ],
    [
      'no liveness probe',
      (_, c) => {
        delete c.livenessProbe;
      },
      'Expected a livenessProbe',
    ],
    [
      'a volume that is not there',
      (_, c) => Object.assign(c.volumeMounts![0]!, { name: 'confg' }),
      'a volume confg',
    ],
    [
      'a file that is not mounted',
      (_, c) => Object.assign(c.env![0]!, { value: '/etc/other/undertone.yaml' }),
      'below something mounted',
    ],
    [
      'a config map that is not there',
      (all) =>
        all.splice(
          all.findIndex(({ kind }) => kind === 'ConfigMap'),
          1,
        ),
      'Expected ConfigMap undertone',
    ],
    [
      'a service of other pods',
      (all) => Object.assign(specOf(all, 'Service').selector!, { 'app.kubernetes.io/name': 'other' }),
      'it chooses none',
    ],
    [
      'a policy for a port that is not there',
      (all) =>
        Object.assign(
          (specOf(all, 'NetworkPolicy') as never as { ingress: { ports: object[] }[] }).ingress[0]!.ports[0]!,
          { port: 'web' },
        ),
      'got web',
    ],
    [
      'an autoscaler of something else',
      (all) => Object.assign(specOf(all, 'HorizontalPodAutoscaler').scaleTargetRef!, { name: 'undertow' }),
      'got Deployment undertow',
    ],
    [
      'replicas beside an autoscaler',
      (all) => Object.assign(specOf(all, 'Deployment'), { replicas: 3 }),
      'would undo the scaling',
    ],
    [
      'a monitor of no port',
      (all) =>
        Object.assign((specOf(all, 'ServiceMonitor').endpoints as never as object[])[0]!, {
          port: 'metrics',
        }),
      'got metrics',
    ],
    [
      'a secret in the open',
      (all) =>
        all.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', namespace: 'undertone' } }),
      'secrets by reference only',
    ],
    [
      'another namespace',
      (all) => Object.assign(all.find(({ kind }) => kind === 'Service')!.metadata, { namespace: 'default' }),
      'the namespace undertone',
    ],
    ['an object twice', (all) => all.push(all.at(-1)!), 'twice'],
  ])('%s is found by the checks', (_, change, problem) => {
    expect(objectProblems(broken(change)).join('\n')).toContain(problem);
  });

  test('an overlay that is not there, and text that is no YAML, are refused', () => {
    expect(() => renderOverlay(`${root}overlays/none`)).toThrowError(/overlays\/none/);
    expect(() => parseObjects('a: [')).toThrowError(/Expected YAML/);
  });
});
