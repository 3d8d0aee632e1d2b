/** Kinds of configuration fields: default, allowed values, what the field means in one sentence. */
import { UndertoneError } from '@undertone/core';

export interface Field<T> {
  readonly default: T;
  readonly sentence: string;
  /** Allowed values, in words. */
  readonly expected: string;
  /** The value if it is allowed (text is converted, as flags give text), otherwise undefined. */
  readonly read: (value: unknown) => T | undefined;
}

export function number(value: number, min: number, max: number, sentence: string): Field<number> {
  return {
    default: value,
    sentence,
    expected: `a number from ${min} to ${max}`,
    read: (given) => readNumber(given, min, max),
  };
}

export function whole(value: number, min: number, max: number, sentence: string): Field<number> {
  return {
    default: value,
    sentence,
    expected: `a whole number from ${min} to ${max}`,
    read: (given) => {
      const read = readNumber(given, min, max);
      return Number.isInteger(read) ? read : undefined;
    },
  };
}

export function choice<T extends string>(value: T, options: readonly T[], sentence: string): Field<T> {
  return {
    default: value,
    sentence,
    expected: `one of ${options.join(', ')}`,
    read: (given) => options.find((option) => option === given),
  };
}

export function text(value: string, pattern: RegExp, sentence: string): Field<string> {
  return {
    default: value,
    sentence,
    expected: `text that matches ${pattern.source}`,
    read: (given) => (typeof given === 'string' && pattern.test(given) ? given : undefined),
  };
}

/** Whole numbers, as a list or separated by commas. */
export function wholes(
  value: readonly number[],
  min: number,
  max: number,
  sentence: string,
): Field<readonly number[]> {
  return {
    default: value,
    sentence,
    expected: `a list of whole numbers from ${min} to ${max}`,
    read: (given) => {
      const entries = typeof given === 'string' ? given.split(',') : given;
      if (!Array.isArray(entries) || entries.length === 0) return undefined;
      const read = entries.map((entry) => readNumber(entry, min, max));
      return read.every((entry) => Number.isInteger(entry)) ? (read as number[]) : undefined;
    },
  };
}

/** Some of a set of names, as a list or separated by commas. */
export function names(options: readonly string[], sentence: string): Field<readonly string[]> {
  return {
    default: options,
    sentence,
    expected: `a list of ${options.join(', ')}`,
    read: (given) => {
      const entries: unknown =
        typeof given === 'string' ? given.split(',').map((entry) => entry.trim()) : given;
      if (!Array.isArray(entries) || entries.length === 0) return undefined;
      return entries.every((entry) => options.includes(entry)) ? entries : undefined;
    },
  };
}

/**
 * Fields with their defaults replaced by the given values, later ones over earlier ones.
 * @throws UndertoneError `bad_config` for an unknown field, saying which was probably meant, or a value not allowed
 */
export function resolveFields<T extends object>(
  fields: { readonly [K in keyof T]: Field<T[K]> },
  ...sources: readonly Readonly<Record<string, unknown>>[]
): T {
  const known = fields as Readonly<Record<string, Field<unknown>>>;
  const resolved: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(known)) resolved[name] = field.default;
  for (const source of sources) {
    for (const [name, given] of Object.entries(source)) {
      const field = Object.hasOwn(known, name) ? known[name] : undefined;
      if (!field) {
        throw new UndertoneError(
          'bad_config',
          `There is no field "${name}"; did you mean "${nearest(name, Object.keys(known))}"?`,
        );
      }
      const read = field.read(given);
      if (read === undefined) {
        throw new UndertoneError(
          'bad_config',
          `Field ${name}: expected ${field.expected}, found ${JSON.stringify(given)}.`,
        );
      }
      resolved[name] = read;
    }
  }
  return resolved as T;
}

function readNumber(given: unknown, min: number, max: number): number | undefined {
  const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  return typeof value === 'number' && value >= min && value <= max ? value : undefined;
}

function nearest(name: string, candidates: readonly string[]): string {
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
