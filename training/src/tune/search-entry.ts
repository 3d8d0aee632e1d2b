/** Reads one field of a search, against what the field itself allows. */
import { UndertoneError } from '@undertone/core';
import { resolveFields } from '../config/fields.ts';
import type { ChoiceParameter, Parameter, RangeParameter, SearchableFields } from './search-space.ts';

const keys = ['low', 'high', 'scale', 'points', 'values'];

/** @throws UndertoneError `bad_config` */
export function searchEntry(name: string, entry: unknown, fields: SearchableFields): Parameter {
  // Refuses an unknown name, and says which was probably meant.
  if (!Object.hasOwn(fields, name)) resolveFields(fields, { [name]: null });
  // A bare list is short for its values.
  const given = Array.isArray(entry) ? { values: entry } : entry;
  if (typeof given !== 'object' || given === null) {
    refuse(name, '{low, high, scale?, points?} or {values}', JSON.stringify(entry) ?? 'nothing');
  }
  for (const key of Object.keys(given)) {
    if (keys.includes(key)) continue;
    refuse(name, `some of ${keys.join(', ')}`, `"${key}"`);
  }
  const { values, ...range } = given as { readonly values?: unknown } & RangeEntry;
  return values === undefined
    ? rangeOf(name, range, fields)
    : choiceOf(name, values, Object.keys(range), fields);
}

interface RangeEntry {
  readonly low?: unknown;
  readonly high?: unknown;
  readonly scale?: unknown;
  readonly points?: unknown;
}

function choiceOf(
  name: string,
  values: unknown,
  others: readonly string[],
  fields: SearchableFields,
): ChoiceParameter {
  if (others.length > 0) refuse(name, 'either values or low and high', `values and ${others.join(', ')}`);
  if (!Array.isArray(values) || values.length < 2) {
    refuse(name, 'values to be a list of two or more', JSON.stringify(values));
  }
  const read = values.map((value) => allowed(name, 'values', value, fields));
  const texts = read.map((value) => JSON.stringify(value));
  const twice = texts.find((text, i) => texts.indexOf(text) !== i);
  if (twice !== undefined) refuse(name, 'each value once', `${twice} twice`);
  return { kind: 'choice', name, values: read };
}

function rangeOf(name: string, entry: RangeEntry, fields: SearchableFields): RangeParameter {
  const low = bound(name, 'low', entry.low, fields);
  const high = bound(name, 'high', entry.high, fields);
  if (!(low < high)) refuse(name, 'low under high', `${low} and ${high}`);
  const { scale = 'linear', points } = entry;
  if (scale !== 'linear' && scale !== 'log') refuse(name, 'scale to be linear or log', JSON.stringify(scale));
  const whole = fields[name]!.read(low + (high - low) / Math.PI) === undefined;
  // A whole number also holds the half below it.
  if (scale === 'log' && low - (whole ? 0.5 : 0) <= 0) {
    refuse(name, 'low above 0 on a log scale', String(low));
  }
  if (points !== undefined && !(Number.isInteger(points) && (points as number) >= 2)) {
    refuse(name, 'points to be a whole number from 2', JSON.stringify(points));
  }
  const range = { kind: 'range', name, low, high, scale, whole } as const;
  return points === undefined ? range : { ...range, points: points as number };
}

function bound(name: string, key: 'low' | 'high', given: unknown, fields: SearchableFields): number {
  const value = allowed(name, key, given, fields);
  if (typeof value !== 'number') refuse(name, `values, as it has no ${key}`, JSON.stringify(given));
  return value;
}

function allowed(name: string, key: string, given: unknown, fields: SearchableFields): unknown {
  const field = fields[name]!;
  const value = given === undefined ? undefined : field.read(given);
  if (value === undefined) {
    const found = given === undefined ? 'nothing' : JSON.stringify(given);
    refuse(name, `${key} to be ${field.expected}`, found);
  }
  return value;
}

function refuse(name: string, expected: string, found: string): never {
  throw new UndertoneError('bad_config', `search.${name}: expected ${expected}; found ${found}.`);
}
