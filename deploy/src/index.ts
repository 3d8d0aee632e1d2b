export { mebibytes } from './kubernetes/check-container.ts';
export { objectProblems } from './kubernetes/check-objects.ts';
export type { Container, KubernetesObject, Workload } from './kubernetes/kubernetes-object.ts';
export { workloadsOf } from './kubernetes/kubernetes-object.ts';
export { parseObjects, renderOverlay } from './kubernetes/render-overlay.ts';
export { schemaProblems } from './kubernetes/validate-object.ts';
