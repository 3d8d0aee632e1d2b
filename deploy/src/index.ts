export { type ComposeFile, composeProblems } from './compose/compose-problems.ts';
export { type BuiltImage, buildImage } from './container/build-image.ts';
export { dockerfileProblems } from './container/lint-dockerfile.ts';
export { treeBytes } from './container/tree-size.ts';
export type { Container, KubernetesObject, Workload } from './kubernetes/kubernetes-object.ts';
export { workloadsOf } from './kubernetes/kubernetes-object.ts';
export { renderOverlay } from './kubernetes/render-overlay.ts';
