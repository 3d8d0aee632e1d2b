/** From flags, environment, file and defaults (in this order) to one checked configuration. */
import { closestName, suggestion } from '@undertone/core';
import { type Flags, parseFlags } from './command-line.ts';
import { readConfigFile, readText } from './config-file.ts';
import { addContradictions } from './contradictions.ts';
import { environmentName, type FieldValue, flagName, isSecret, secretFileName } from './field.ts';
import { configFields, configNames, type ServerConfig } from './fields.ts';
import { checkValue, parseText } from './parse-value.ts';
import { Problems } from './problems.ts';

type Name = keyof ServerConfig;
type Given = Partial<Record<Name, FieldValue>>;

export interface CommandLine {
  readonly config: ServerConfig;
  readonly help: boolean;
  readonly printConfig: boolean;
  readonly checkConfig: boolean;
  readonly version: boolean;
  /** Of a check only: all that is wrong, for which defaults stand in `config`. Any other line with problems is refused. */
  readonly problems: readonly string[];
  /** What is odd and yet no reason to refuse. */
  readonly warnings: readonly string[];
}

/** Every name under which a field or the file of a secret can be set. */
const allNames: readonly string[] = configNames.flatMap((name) =>
  isSecret(configFields[name]) ? [name, secretFileName(name)] : [name],
);

/**
 * @param args command line without the program
 * @throws UndertoneError `bad_config` with a line for each problem: the setting, what was expected and what came
 */
export function parseCommandLine(args: readonly string[], env: NodeJS.ProcessEnv): CommandLine {
  const problems = new Problems();
  const flags = parseFlags(args, problems);
  const given = {
    ...fromFile(flags, env, problems),
    ...fromEnvironment(env, problems),
    ...fromFlags(flags, problems),
  };
  const help = flags.actions.has('help');
  const version = flags.actions.has('version');
  const checkConfig = flags.actions.has('check-config');
  const config = filledIn(given, problems);
  // Who asks for help may have come here because of a problem; who asks for a check wants to see what else is wrong.
  if (!help && !version && !checkConfig) problems.throwIfAny();
  return {
    config,
    help,
    version,
    printConfig: flags.actions.has('print-config'),
    checkConfig,
    problems: problems.sentences,
    warnings: strangeVariables(env),
  };
}

/**
 * Fills in defaults and checks every value.
 * @throws UndertoneError `bad_config`
 */
export function resolveConfig(given: Partial<ServerConfig>): ServerConfig {
  const problems = new Problems();
  for (const name of Object.keys(given)) {
    if (!(name in configFields)) problems.add(unknownName(name, configNames));
  }
  const config = filledIn(given, problems);
  problems.throwIfAny();
  return config;
}

/** With the default of each setting that is not given, or not as it must be. */
function filledIn(given: Given | Partial<ServerConfig>, problems: Problems): ServerConfig {
  const values = configNames.map((name) => {
    const field = configFields[name];
    return [name, checkValue(name, field, given[name] ?? field.default, problems) ?? field.default];
  });
  const config = Object.fromEntries(values) as ServerConfig;
  addContradictions(config, problems);
  return config;
}

function fromFlags({ texts }: Flags, problems: Problems): Given {
  return fromTexts((name) => [`--${flagName(name)}`, texts.get(flagName(name))], problems);
}

function fromEnvironment(env: NodeJS.ProcessEnv, problems: Problems): Given {
  return fromTexts((name) => [environmentName(name), variable(env, environmentName(name))], problems);
}

/** Kubernetes sets UNDERTONE_PORT=tcp://… in every pod beside a service called undertone: that is no setting. */
function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return value?.startsWith('tcp://') && name.endsWith('_PORT') ? undefined : value;
}

function fromTexts(read: (name: string) => [string, string | undefined], problems: Problems): Given {
  const given: Given = {};
  for (const name of configNames) {
    const field = configFields[name];
    const [source, text] = read(name);
    if (text !== undefined) assign(given, name, parseText(source, field, text, problems));
    if (!isSecret(field)) continue;
    const [fileSource, path] = read(secretFileName(name));
    if (path !== undefined)
      assign(given, name, secretOf(fileSource, name, path, text !== undefined, problems));
  }
  return given;
}

function fromFile({ texts }: Flags, env: NodeJS.ProcessEnv, problems: Problems): Given {
  const flag = texts.get('config');
  const path = flag ?? env.UNDERTONE_CONFIG;
  if (path === undefined) return {};
  const values = readConfigFile(flag === undefined ? 'UNDERTONE_CONFIG' : '--config', path, problems);
  const given: Given = {};
  for (const [key, value] of Object.entries(values)) {
    const name = configNames.find((each) => each === key);
    const owner = configNames.find((each) => isSecret(configFields[each]) && secretFileName(each) === key);
    if (name) assign(given, name, fromFileValue(`${key} in ${path}`, name, value, problems));
    else if (owner && typeof value === 'string')
      assign(given, owner, secretOf(`${key} in ${path}`, owner, value, owner in values, problems));
    else problems.add(`${path}: ${unknownName(key, allNames)}`);
  }
  return given;
}

/** A list may be one text with commas, as everywhere else. */
function fromFileValue(
  source: string,
  name: Name,
  value: unknown,
  problems: Problems,
): FieldValue | undefined {
  const field = configFields[name];
  const isList = field.kind === 'list' || field.kind === 'secrets';
  return isList && typeof value === 'string'
    ? parseText(source, field, value, problems)
    : checkValue(source, field, value, problems);
}

/** The secret in a file; of several, one a line. */
function secretOf(
  source: string,
  name: Name,
  path: string,
  isGivenTwice: boolean,
  problems: Problems,
): FieldValue | undefined {
  if (isGivenTwice) {
    problems.add(`Expected either ${name} or ${secretFileName(name)}; got both (${source}).`);
    return undefined;
  }
  const lines = readText(source, path, problems)
    ?.split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines === undefined) return undefined;
  if (configFields[name].kind === 'secrets') return lines;
  if (lines.length === 1) return lines[0];
  problems.add(`Expected ${source} to name a file with one line; ${path} has ${lines.length}.`);
  return undefined;
}

function assign(given: Given, name: Name, value: FieldValue | undefined): void {
  if (value !== undefined) given[name] = value;
}

function unknownName(name: string, names: readonly string[]): string {
  return `Expected a setting that exists; got "${name}"${suggestion(name, names) || '.'}`;
}

/** Variables that look like a setting with a slip of the pen; others may mean something to others. */
function strangeVariables(env: NodeJS.ProcessEnv): string[] {
  const known = [...allNames.map(environmentName), 'UNDERTONE_CONFIG'];
  return Object.keys(env)
    .filter((name) => name.startsWith('UNDERTONE_') && !known.includes(name))
    .flatMap((name) => {
      const closest = closestName(
        name.slice(10),
        known.map((each) => each.slice(10)),
      );
      return closest ? [`${name} is no setting; UNDERTONE_${closest} is.`] : [];
    });
}
