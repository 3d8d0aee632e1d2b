/** The families that are compared, and what sets their experiments apart. */
import { UndertoneError } from '@undertone/core';
import { type Experiment, resolveExperiment } from '../../config/experiment.ts';

export const candidateNames = ['gru', 'cnn', 'forest', 'svm', 'svm-linear'] as const;
export type CandidateName = (typeof candidateNames)[number];

const presets: Readonly<Record<CandidateName, Readonly<Record<string, unknown>>>> = {
  gru: { family: 'gru' },
  cnn: { family: 'cnn' },
  forest: { family: 'forest' },
  svm: { family: 'svm', svmKernel: 'rbf' },
  'svm-linear': { family: 'svm', svmKernel: 'linear', svmCost: 0.01 },
};

/** @throws UndertoneError `bad_config` */
export function candidateNamed(name: string): CandidateName {
  const found = candidateNames.find((known) => known === name);
  if (!found) {
    throw new UndertoneError(
      'bad_config',
      `Expected families of ${candidateNames.join(', ')}; found "${name}".`,
    );
  }
  return found;
}

export interface CandidateSettings {
  /** `name=value` for all families. */
  readonly shared: readonly string[];
  /** `name=value` of single families. */
  readonly own: ReadonlyMap<CandidateName, readonly string[]>;
}

/**
 * Tells `svm.svmCost=1`, which is for one family, from `seed=2`, which is for all.
 * @throws UndertoneError `bad_config`
 */
export function splitSettings(settings: readonly string[]): CandidateSettings {
  const shared: string[] = [];
  const own = new Map<CandidateName, string[]>();
  for (const setting of settings) {
    const name = setting.slice(0, setting.indexOf('='));
    const dot = name.indexOf('.');
    if (dot < 0) {
      shared.push(setting);
      continue;
    }
    const candidate = candidateNamed(name.slice(0, dot));
    own.set(candidate, [...(own.get(candidate) ?? []), setting.slice(dot + 1)]);
  }
  return { shared, own };
}

/** The shared experiment, then what makes the family, then what was set for it alone. */
export function candidateExperiment(
  name: CandidateName,
  shared: Experiment,
  settings: readonly string[] = [],
): Experiment {
  const own = Object.fromEntries(
    settings.map((setting) => {
      const at = setting.indexOf('=');
      return [setting.slice(0, at), setting.slice(at + 1)];
    }),
  );
  const modelName = `${shared.modelName}-${name}`;
  return resolveExperiment({ ...shared, modelName }, presets[name], own);
}
