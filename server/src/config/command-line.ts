/** Flags as texts by name: those of the fields, and those that are no setting. */
import { parseArgs } from 'node:util';
import { suggestion } from '@undertone/core';
import { flagName, isSecret, secretFileName } from './field.ts';
import { configFields, configNames } from './fields.ts';
import type { Problems } from './problems.ts';

/** Flags that are no setting. */
const actions = ['help', 'version', 'print-config', 'check-config'] as const;

export interface Flags {
  /** By the name of the flag without its dashes; of a list, all that were given joined with commas. */
  readonly texts: ReadonlyMap<string, string>;
  readonly actions: ReadonlySet<(typeof actions)[number]>;
}

/** What flags there are; of a secret only the one that names its file, because a command line is no secret. */
function knownFlags(): Map<string, 'text' | 'list' | 'boolean' | 'secret'> {
  const known = new Map<string, 'text' | 'list' | 'boolean' | 'secret'>([['config', 'text']]);
  for (const action of actions) known.set(action, 'boolean');
  for (const name of configNames) {
    const field = configFields[name];
    if (isSecret(field)) {
      known.set(flagName(name), 'secret');
      known.set(flagName(secretFileName(name)), 'text');
    } else known.set(flagName(name), kindOfFlag(field.kind));
  }
  return known;
}

const kindOfFlag = (kind: string): 'text' | 'list' | 'boolean' =>
  kind === 'list' ? 'list' : kind === 'boolean' ? 'boolean' : 'text';

export function parseFlags(args: readonly string[], problems: Problems): Flags {
  const known = knownFlags();
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {};
  for (const [name, kind] of known) options[name] = { type: kind === 'boolean' ? 'boolean' : 'string' };
  options.help = { type: 'boolean', short: 'h' };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const texts = new Map<string, string>();
  const chosen = new Set<(typeof actions)[number]>();
  for (const token of tokens) {
    if (token.kind === 'positional') problems.add(`Expected flags only; got '${token.value}'. See --help.`);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const kind = known.get(name);
    const action = actions.find((each) => each === name);
    if (kind === undefined) {
      const flags = [...known.keys()].map((each) => `--${each}`);
      problems.add(`Unknown flag '${rawName}'${suggestion(rawName, flags) || '.'} See --help.`);
    } else if (kind === 'secret') {
      const file = `--${name}-file`;
      problems.add(
        `Expected no secret in a flag, where others can read it; got ${rawName}. Use ${file} or the environment.`,
      );
    } else if (action !== undefined) chosen.add(action);
    else if (kind === 'boolean') texts.set(name, value ?? 'true');
    else if (value === undefined) problems.add(`Expected ${rawName} to have a value; got none.`);
    else texts.set(name, kind === 'list' && texts.has(name) ? `${texts.get(name)},${value}` : value);
  }
  return { texts, actions: chosen };
}
