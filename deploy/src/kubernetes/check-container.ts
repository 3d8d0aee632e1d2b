/** One container: its rights, its probes, its room, and what is mounted into it. */
import type { Container, PodSpec } from './kubernetes-object.ts';

export function checkContainer(container: Container, pod: PodSpec): readonly string[] {
  return [
    ...checkRights(container),
    ...checkProbes(container),
    ...checkRoom(container),
    ...checkMounts(container, pod),
  ];
}

function checkRights({ securityContext, image }: Container): string[] {
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = securityContext ?? {};
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return [
    ...(allowPrivilegeEscalation === false ? [] : ['Expected allowPrivilegeEscalation to be false.']),
    ...(readOnlyRootFilesystem === true ? [] : ['Expected a root file system that is read-only.']),
    ...(capabilities?.drop?.includes('ALL') && !capabilities.add?.length
      ? []
      : ['Expected all capabilities dropped.']),
    ...(tag !== undefined && tag !== 'latest' ? [] : [`Expected an image of a fixed version; got ${image}.`]),
  ];
}

function checkProbes(container: Container): string[] {
  const ports = new Set((container.ports ?? []).map(({ name }) => name));
  return (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).flatMap((name) => {
    const port = container[name]?.httpGet?.port;
    if (port === undefined) return [`Expected a ${name}.`];
    return ports.has(String(port)) ? [] : [`Expected ${name} at one of its ports; got ${port}.`];
  });
}

/** The server counts the cores that its limit leaves it, and takes streams accordingly: request and limit are one. */
function checkRoom({ resources }: Container): string[] {
  const { requests, limits } = resources ?? {};
  const [requested, limited] = [mebibytes(requests?.memory), mebibytes(limits?.memory)];
  return [
    ...(requests?.cpu !== undefined && requests.cpu === limits?.cpu
      ? []
      : ['Expected a limit of CPU that is the request.']),
    ...(limited >= requested && requested > 0 ? [] : ['Expected memory to be requested and limited.']),
  ];
}

/** NaN for what is no whole number of Mi. */
export function mebibytes(quantity: string | undefined): number {
  return Number(/^(\d+)Mi$/.exec(quantity ?? '')?.[1] ?? Number.NaN);
}

function checkMounts({ volumeMounts = [], env = [] }: Container, { volumes = [] }: PodSpec): string[] {
  const known = new Set(volumes.map(({ name }) => name));
  const lost = volumeMounts.filter(({ name }) => !known.has(name));
  const paths = env.map(({ value }) => value ?? '').filter((value) => value.startsWith('/'));
  const nowhere = paths.filter(
    (path) => !volumeMounts.some(({ mountPath }) => path.startsWith(`${mountPath}/`)),
  );
  return [
    ...lost.map(({ name }) => `Expected a volume ${name} to mount; there is none.`),
    ...nowhere.map((path) => `Expected ${path} below something mounted; it is not.`),
  ];
}
