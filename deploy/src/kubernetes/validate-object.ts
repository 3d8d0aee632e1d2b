/** Whether an object is what the schemas of Kubernetes, KEDA and the Prometheus operator say. */
import { createRequire } from 'node:module';
import { type KubernetesObject, nameOf } from './kubernetes-object.ts';
import { unreadFields } from './unread-fields.ts';

interface Model {
  readonly prototype: { validate(this: object): void };
}

const load = createRequire(import.meta.url);

const packageOf: Readonly<Record<string, string>> = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

/** @returns a sentence for each problem, with the object and the path in it */
export function schemaProblems(object: KubernetesObject): readonly string[] {
  const model = modelOf(object);
  const where = nameOf(object);
  if (!model) return [`${where}: Expected a kind that a schema is known of; got ${object.apiVersion}.`];
  const problems: string[] = [];
  const unread = unreadFields(object, (watched) => {
    try {
      // Not of an instance, which is a copy: copying reads every field.
      model.prototype.validate.call(watched);
    } catch (cause) {
      problems.push(`${where}: ${(cause as Error).message}`);
    }
  });
  // A validator may stop at what is wrong; what it would have read further on is not known then.
  if (problems.length > 0) return problems;
  return unread.map((path) => `${where}: Expected no field ${path}; no schema knows it.`);
}

function modelOf({ apiVersion, kind }: KubernetesObject): Model | undefined {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
  const path = `${packageOf[group] ?? 'kubernetes-models'}/${apiVersion}`;
  try {
    return (load(path) as Record<string, Model>)[kind];
  } catch {
    return undefined;
  }
}
