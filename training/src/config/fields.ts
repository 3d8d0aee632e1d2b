/** From given values to a complete configuration; what is wrong is named with what was expected. */
import { UndertoneError } from '@undertone/core';
import type { Field } from './field-kinds.ts';

export type { Field } from './field-kinds.ts';

export type Fields<T> = { readonly [K in keyof T]: Field<T[K]> };

/**
 * Fields with their defaults replaced by the given values, later ones over earlier ones.
 * @throws UndertoneError `bad_config` for an unknown field, saying which was probably meant, or a value not allowed
 */
export function resolveFields<T extends object>(
  fields: Fields<T>,
  ...sources: readonly Readonly<Record<string, unknown>>[]
): T {
  const resolved: Record<string, unknown> = {};
  for (const [name, field] of Object.entries<Field<unknown>>(fields)) resolved[name] = field.default;
  for (const source of sources) {
    for (const [name, given] of Object.entries(source)) resolved[name] = readField(fields, name, given);
  }
  return resolved as T;
}

/**
 * One given value, read as its field reads it.
 * @param where begins a message: the file and line of the value
 * @throws UndertoneError `bad_config`
 */
export function readField<T extends object>(
  fields: Fields<T>,
  name: string,
  given: unknown,
  where = '',
): unknown {
  const known = fields as Readonly<Record<string, Field<unknown>>>;
  const field = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!field) {
    throw new UndertoneError(
      'bad_config',
      `${where}There is no field "${name}"; did you mean "${nearest(name, Object.keys(known))}"?`,
    );
  }
  const read = field.read(given);
  if (read === undefined) {
    throw new UndertoneError(
      'bad_config',
      `${where}Field ${name}: expected ${field.expected}, found ${JSON.stringify(given)}.`,
    );
  }
  return read;
}

/** The candidate that differs from `name` in the fewest letters. */
export function nearest(name: string, candidates: readonly string[]): string {
  const distances = candidates.map((candidate) => editDistance(name.toLowerCase(), candidate.toLowerCase()));
  return candidates[distances.indexOf(Math.min(...distances))]!;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    }
    row = next;
  }
  return row[b.length]!;
}
