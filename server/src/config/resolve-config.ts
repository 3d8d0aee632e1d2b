/** From flags, environment and defaults (in this order) to one checked configuration. */
import { parseArgs } from 'node:util';
import { UndertoneError } from '@undertone/core';
import {
  configFields,
  configNames,
  environmentName,
  type Field,
  type FieldValue,
  flagName,
  rangeText,
  type ServerConfig,
} from './fields.ts';

export interface CommandLine {
  readonly config: ServerConfig;
  readonly help: boolean;
  readonly printConfig: boolean;
  readonly version: boolean;
}

/**
 * @param args command line without the program
 * @throws UndertoneError `bad_config` naming the setting, what was expected and what came
 */
export function parseCommandLine(args: readonly string[], env: NodeJS.ProcessEnv): CommandLine {
  const { help, 'print-config': printConfig, version, ...flags } = parseFlags(args);
  const given: Record<string, FieldValue> = {};
  for (const name of configNames) {
    const flag = flags[flagName(name)];
    const variable = env[environmentName(name)];
    if (flag !== undefined) {
      const text = Array.isArray(flag) ? flag.join(',') : String(flag);
      given[name] = parseText(`--${flagName(name)}`, configFields[name], text);
    } else if (variable !== undefined) {
      given[name] = parseText(environmentName(name), configFields[name], variable);
    }
  }
  return {
    config: resolveConfig(given),
    help: help === true,
    printConfig: printConfig === true,
    version: version === true,
  };
}

/**
 * Fills in defaults and checks every value.
 * @throws UndertoneError `bad_config`
 */
export function resolveConfig(given: Partial<ServerConfig>): ServerConfig {
  const config: Record<string, FieldValue> = {};
  for (const name of Object.keys(given)) {
    if (!(name in configFields)) refuse(name, `a setting (${configNames.join(', ')})`, 'an unknown one');
  }
  for (const name of configNames) {
    config[name] = checkValue(name, configFields[name], given[name] ?? configFields[name].default);
  }
  return config as unknown as ServerConfig;
}

function parseFlags(args: readonly string[]): Record<string, unknown> {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' },
    'print-config': { type: 'boolean' },
  };
  for (const name of configNames) {
    // A list may be one flag with commas, or a flag for each entry.
    options[flagName(name)] = { type: 'string', multiple: configFields[name].kind === 'list' };
  }
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UndertoneError('bad_config', `${reason} See --help.`, { cause });
  }
}

function parseText(source: string, field: Field, value: string): FieldValue {
  if (field.kind === 'list') return value === '' ? [] : value.split(',').map((part) => part.trim());
  if (field.kind !== 'integer' && field.kind !== 'number') return value;
  const parsed = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isNaN(parsed) ? refuse(source, rangeText(field), value) : checkValue(source, field, parsed);
}

function checkValue(name: string, field: Field, value: FieldValue): FieldValue {
  const expected = rangeText(field);
  if (field.kind === 'integer' || field.kind === 'number') {
    const fits =
      typeof value === 'number' &&
      value >= (field.min ?? Number.NEGATIVE_INFINITY) &&
      value <= (field.max ?? Number.POSITIVE_INFINITY) &&
      (field.kind === 'number' || Number.isInteger(value));
    return fits ? value : refuse(name, expected, value);
  }
  if (field.kind === 'list') {
    const fits =
      Array.isArray(value) &&
      // Only a list of choices may be empty.
      (field.choices ? value.every((item) => field.choices?.includes(item)) : isTexts(value));
    return fits ? value : refuse(name, expected, value);
  }
  const fits = typeof value === 'string' && value !== '' && (field.choices?.includes(value) ?? true);
  return fits ? value : refuse(name, expected, value);
}

function isTexts(value: readonly string[]): boolean {
  return value.length > 0 && value.every((item) => typeof item === 'string' && item !== '');
}

function refuse(name: string, expected: string, found: FieldValue): never {
  throw new UndertoneError('bad_config', `Expected ${name} to be ${expected}; got "${String(found)}".`);
}
