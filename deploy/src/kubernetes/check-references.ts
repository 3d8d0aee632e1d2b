/** Names by which objects find one another: labels, ports, targets, config maps, service accounts. */
import {
  type KubernetesObject,
  type LabelSelector,
  type Labels,
  nameOf,
  type Workload,
  workloadsOf,
} from './kubernetes-object.ts';

type Problems = readonly string[];

export function checkReferences(objects: readonly KubernetesObject[]): Problems {
  const workloads = workloadsOf(objects);
  const names = new Set(objects.map(nameOf));
  return [
    ...workloads.flatMap((workload) => checkWorkload(workload, names)),
    ...objects.flatMap((object) => {
      const problems = checkers[object.kind]?.(object, workloads, objects) ?? [];
      return problems.map((problem) => `${nameOf(object)}: ${problem}`);
    }),
  ];
}

const selects = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);

function checkWorkload({ name, labels, selector, pod }: Workload, names: ReadonlySet<string>): Problems {
  const wanted = [
    `ServiceAccount ${pod.serviceAccountName}`,
    ...(pod.volumes ?? []).flatMap(({ configMap, persistentVolumeClaim }) => [
      ...(configMap ? [`ConfigMap ${configMap.name}`] : []),
      ...(persistentVolumeClaim ? [`PersistentVolumeClaim ${persistentVolumeClaim.claimName}`] : []),
    ]),
  ];
  return [
    ...(selects(selector, labels) ? [] : [`Deployment ${name}: Expected its selector to fit its pods.`]),
    ...wanted
      .filter((each) => !names.has(each))
      .map((each) => `Deployment ${name}: Expected ${each}; there is none.`),
  ];
}

type Check = (
  object: KubernetesObject,
  workloads: readonly Workload[],
  objects: readonly KubernetesObject[],
) => Problems;

/** Pods that are chosen, and names of their ports that do not exist. */
function portsOf(
  selector: Labels,
  ports: readonly (string | number)[],
  workloads: readonly Workload[],
): Problems {
  const chosen = workloads.filter(({ labels }) => selects(selector, labels));
  if (chosen.length === 0) return ['Expected it to choose pods; it chooses none.'];
  return chosen.flatMap(({ name, pod }) => {
    const known = pod.containers.flatMap((each) => (each.ports ?? []).map((port) => port.name));
    const lost = ports.filter((port) => typeof port === 'string' && !known.includes(port));
    return lost.map((port) => `Expected a port of ${name}; got ${port}.`);
  });
}

interface Scaler {
  readonly scaleTargetRef: { readonly kind?: string; readonly name: string };
}

function checkTarget({ scaleTargetRef }: Scaler, objects: readonly KubernetesObject[]): Problems {
  const { kind = 'Deployment', name } = scaleTargetRef;
  const target = objects.find((each) => each.kind === kind && each.metadata.name === name);
  if (!target) return [`Expected it to scale something that is here; got ${kind} ${name}.`];
  if (target.spec?.replicas === undefined) return [];
  return [`Expected no number of replicas in ${kind} ${name}: applying it would undo the scaling.`];
}

interface NetworkRule {
  readonly ports?: readonly { readonly port: string | number }[];
}

const checkers: Readonly<Record<string, Check>> = {
  Service({ spec }, workloads) {
    const { selector, ports } = spec as unknown as {
      selector: Labels;
      ports: readonly { targetPort: string | number }[];
    };
    return portsOf(
      selector,
      ports.map(({ targetPort }) => targetPort),
      workloads,
    );
  },
  NetworkPolicy({ spec }, workloads) {
    const { podSelector, ingress = [] } = spec as unknown as {
      podSelector: LabelSelector;
      ingress?: readonly NetworkRule[];
    };
    const ports = ingress.flatMap((rule) => (rule.ports ?? []).map(({ port }) => port));
    return portsOf(podSelector.matchLabels ?? {}, ports, workloads);
  },
  PodDisruptionBudget({ spec }, workloads) {
    return portsOf((spec as { selector?: LabelSelector }).selector?.matchLabels ?? {}, [], workloads);
  },
  PodMonitor({ spec }, workloads) {
    const { selector, podMetricsEndpoints } = spec as unknown as {
      selector: LabelSelector;
      podMetricsEndpoints: readonly { port: string }[];
    };
    return portsOf(
      selector.matchLabels ?? {},
      podMetricsEndpoints.map(({ port }) => port),
      workloads,
    );
  },
  ServiceMonitor({ spec }, _workloads, objects) {
    const { selector, endpoints } = spec as unknown as {
      selector: LabelSelector;
      endpoints: readonly { port: string }[];
    };
    const service = objects.find(
      ({ kind, metadata }) =>
        kind === 'Service' && selects(selector.matchLabels ?? {}, metadata.labels ?? {}),
    );
    const ports = (service?.spec?.ports ?? []) as readonly { name: string }[];
    const lost = endpoints.filter(({ port }) => !ports.some(({ name }) => name === port));
    return lost.map(({ port }) => `Expected a port of a service; got ${port}.`);
  },
  HorizontalPodAutoscaler: ({ spec }, _, objects) => checkTarget(spec as unknown as Scaler, objects),
  ScaledObject: ({ spec }, _, objects) => checkTarget(spec as unknown as Scaler, objects),
};
