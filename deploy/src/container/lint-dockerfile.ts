/** What is wrong with a Dockerfile: its grammar, by Docker's own rules, and what an image of ours has to be. */
import { validate } from 'dockerfile-utils';
import { parseDockerfile, type Stage, type Step } from './dockerfile.ts';

/** @returns a sentence for each problem */
export function dockerfileProblems(text: string): readonly string[] {
  const grammar = validate(text).map(({ range, message }) => `Line ${range.start.line + 1}: ${message}`);
  return grammar.length > 0 ? grammar : imageProblems(parseDockerfile(text));
}

function imageProblems(stages: readonly Stage[]): readonly string[] {
  const names = new Set(stages.map(({ name }) => name));
  const images = stages.filter(({ from }) => !names.has(from)).map(({ from }) => from);
  const steps = stages.at(-1)?.steps ?? [];
  const last = <K extends Step['kind']>(kind: K): Extract<Step, { kind: K }> | undefined =>
    steps.findLast((step): step is Extract<Step, { kind: K }> => step.kind === kind);
  const secret = steps.find((step) => step.kind === 'env' && /TOKEN|SECRET|KEY|PASSWORD/.test(step.name));
  const commands = stages
    .flatMap((stage) => stage.steps)
    .flatMap((step) => (step.kind === 'run' ? [step] : []));
  return [
    ...images
      .filter((image) => !/(:[^:/]*[a-z0-9]|@sha256:.*)$/.test(image) || image.endsWith(':latest'))
      .map((image) => `Expected an image of a fixed version; got ${image}.`),
    ...(/^[1-9]\d*:[1-9]\d*$/.test(last('user')?.user ?? '')
      ? []
      : ['Expected a user and group by number, and not root.']),
    ...(last('health-check') ? [] : ['Expected a HEALTHCHECK.']),
    ...(last('entrypoint') ? [] : ['Expected an ENTRYPOINT.']),
    ...(secret ? ['Expected no secret in the environment of the image.'] : []),
    ...(steps.some(({ kind }) => kind === 'run') ? ['Expected no command in the image that runs.'] : []),
    ...commands
      .filter(({ command }) => /\bnpm (i|install)\b/.test(command))
      .map(({ command }) => `Expected npm ci, which goes by the lockfile; got ${command}.`),
  ];
}
