/** What no schema sees: whether the objects of an overlay fit one another, and ask for no more rights than they need. */
import { checkContainer } from './check-container.ts';
import { checkReferences } from './check-references.ts';
import { type KubernetesObject, nameOf, type PodSpec, workloadsOf } from './kubernetes-object.ts';

/** @returns a sentence for each problem */
export function objectProblems(objects: readonly KubernetesObject[]): readonly string[] {
  const pods = workloadsOf(objects).flatMap(({ name, pod }) => [
    ...checkPod(pod).map((problem) => `Deployment ${name}: ${problem}`),
    ...pod.containers.flatMap((container) =>
      checkContainer(container, pod).map((problem) => `Deployment ${name}, ${container.name}: ${problem}`),
    ),
  ]);
  return [...checkIdentity(objects), ...pods, ...checkReferences(objects)];
}

function checkIdentity(objects: readonly KubernetesObject[]): string[] {
  const names = objects.map(nameOf);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  const lost = objects.filter(
    ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'undertone',
  );
  const secrets = objects.filter(({ kind }) => kind === 'Secret');
  return [
    ...twice.map((name) => `Expected each object once; got ${name} twice.`),
    ...lost.map((object) => `${nameOf(object)}: Expected the namespace undertone.`),
    ...secrets.map((object) => `${nameOf(object)}: Expected secrets by reference only.`),
  ];
}

function checkPod(pod: PodSpec): string[] {
  const { runAsNonRoot, runAsUser } = pod.securityContext ?? {};
  return [
    ...(runAsNonRoot === true && (runAsUser ?? 0) > 0 ? [] : ['Expected a user that is not root.']),
    ...(pod.automountServiceAccountToken === false
      ? []
      : ['Expected no token of a service account in the pod.']),
    ...(pod.enableServiceLinks === false ? [] : ['Expected enableServiceLinks to be false.']),
  ];
}
