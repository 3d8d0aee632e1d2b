/** The alert rules that a configuration asks for. */
import {
  type AlertRule,
  defaultAlertRules,
  parseAlertRules,
  suggestion,
  UndertoneError,
} from '@undertone/core';
import { readConfigFile } from '../config/config-file.ts';
import type { ServerConfig } from '../config/fields.ts';
import { Problems } from '../config/problems.ts';

/**
 * @param labels of all models that are served
 * @returns nothing where alerts are off
 * @throws UndertoneError `bad_config`
 */
export function openAlertRules(
  { alerts, alertRules }: Pick<ServerConfig, 'alerts' | 'alertRules'>,
  labels: readonly string[],
): { readonly alertRules?: readonly AlertRule[] } {
  if (alerts === 'off') return {};
  if (alertRules === '') return { alertRules: defaultAlertRules };
  const problems = new Problems();
  const content = readConfigFile('alertRules', alertRules, problems);
  problems.throwIfAny();
  const rules = parsed(alertRules, content);
  for (const { name, labels: wanted } of rules) {
    const unknown = wanted.find((label) => !labels.includes(label));
    if (unknown === undefined) continue;
    const expected = `${alertRules}: Expected labels of rule ${name} out of those of the models (${[...new Set(labels)].join(', ')})`;
    throw new UndertoneError(
      'bad_config',
      `${expected}; got ${unknown}${suggestion(unknown, labels) || '.'}`,
    );
  }
  return { alertRules: rules };
}

/** @throws UndertoneError `bad_config` naming the file, the rule and the field */
function parsed(path: string, content: unknown): AlertRule[] {
  try {
    return parseAlertRules(content);
  } catch (cause) {
    throw new UndertoneError('bad_config', `${path}: ${(cause as Error).message}`, { cause });
  }
}
