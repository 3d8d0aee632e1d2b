/** Kinds of configuration fields: default, allowed values, what the field means in one sentence. */

/** The part of JSON Schema (draft 2020-12) that editors need to help with a field. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Field<T> {
  readonly default: T;
  readonly sentence: string;
  /** Allowed values, in words. */
  readonly expected: string;
  /** Allowed values, as a JSON schema; `read` has the last word. */
  readonly schema: JsonSchema;
  /** Numbers in a file are names: taken as they are written, with their leading zeros. */
  readonly asWritten?: boolean;
  /** The value if it is allowed (text is converted, as flags give text), otherwise undefined. */
  readonly read: (value: unknown) => T | undefined;
}

export function number(value: number, min: number, max: number, sentence: string): Field<number> {
  return {
    default: value,
    sentence,
    expected: `a number from ${min} to ${max}`,
    schema: { type: 'number', minimum: min, maximum: max },
    read: (given) => readNumber(given, min, max),
  };
}

export function whole(value: number, min: number, max: number, sentence: string): Field<number> {
  return {
    default: value,
    sentence,
    expected: `a whole number from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max },
    read: (given) => readWhole(given, min, max),
  };
}

/** True or false. */
export function flag(value: boolean, sentence: string): Field<boolean> {
  return {
    default: value,
    sentence,
    expected: 'true or false',
    schema: { type: 'boolean' },
    read: (given) =>
      given === true || given === 'true' ? true : given === false || given === 'false' ? false : undefined,
  };
}

export function choice<T extends string>(value: T, options: readonly T[], sentence: string): Field<T> {
  return {
    default: value,
    sentence,
    expected: `one of ${options.join(', ')}`,
    schema: { type: 'string', enum: options },
    read: (given) => options.find((option) => option === given),
  };
}

export function text(value: string, pattern: RegExp, sentence: string): Field<string> {
  return {
    default: value,
    sentence,
    expected: `text that matches ${pattern.source}`,
    schema: { type: 'string', pattern: pattern.source },
    read: (given) => (typeof given === 'string' && pattern.test(given) ? given : undefined),
  };
}

/** The path of a file or folder, or null for none. */
export function path(sentence: string): Field<string | null> {
  return {
    default: null,
    sentence,
    expected: 'a path, or null for none',
    schema: { type: ['string', 'null'], minLength: 1 },
    read: (given) => (given === null || (typeof given === 'string' && given !== '') ? given : undefined),
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
    schema: { type: 'array', items: { type: 'integer', minimum: min, maximum: max }, minItems: 1 },
    read: (given) => {
      const entries = entriesOf(given);
      if (!entries || entries.length === 0) return undefined;
      const read = entries.map((entry) => readWhole(entry, min, max));
      return read.every((entry) => entry !== undefined) ? read : undefined;
    },
  };
}

/** Some of a set of names, as a list or separated by commas. */
export function names(
  options: readonly string[],
  sentence: string,
  value: readonly string[] = options,
): Field<readonly string[]> {
  return {
    default: value,
    sentence,
    expected: `a list of ${options.join(', ')}`,
    schema: { type: 'array', items: { type: 'string', enum: options }, minItems: 1 },
    read: (given) => {
      const entries = entriesOf(given);
      if (!entries || entries.length === 0) return undefined;
      return entries.every((entry) => typeof entry === 'string' && options.includes(entry))
        ? (entries as string[])
        : undefined;
    },
  };
}

/** Any texts, as a list or separated by commas; numbers, as YAML reads the names of some speakers, become text. */
export function texts(value: readonly string[], sentence: string): Field<readonly string[]> {
  return {
    default: value,
    sentence,
    expected: 'a list of texts',
    schema: { type: 'array', items: { type: ['string', 'number'] } },
    asWritten: true,
    read: (given) => {
      const entries = entriesOf(given)?.map((entry) => (typeof entry === 'number' ? String(entry) : entry));
      return entries?.every((entry) => typeof entry === 'string' && entry !== '')
        ? (entries as string[])
        : undefined;
    },
  };
}

/** A map from names to values, or `a=1,b=2`; `readValue` gives undefined for a value that is not allowed. */
export function map<T>(
  readValue: (value: unknown) => T | undefined,
  expectedValue: string,
  sentence: string,
  valueSchema: JsonSchema = {},
): Field<Readonly<Record<string, T>>> {
  return {
    default: {},
    sentence,
    expected: `a map from names to ${expectedValue}`,
    schema: { type: 'object', additionalProperties: valueSchema },
    read: (given) => {
      const entries = mapEntries(given);
      if (!entries) return undefined;
      const read = entries.map(([name, value]) => [name, readValue(value)] as const);
      return read.every(([, value]) => value !== undefined)
        ? (Object.fromEntries(read) as Record<string, T>)
        : undefined;
    },
  };
}

function mapEntries(given: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (typeof given === 'string') {
    const pairs = given.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
    return pairs.every(([name, value]) => name && value !== undefined)
      ? pairs.map(([name, value]) => [name!, value])
      : undefined;
  }
  return typeof given === 'object' && given !== null && !Array.isArray(given)
    ? Object.entries(given)
    : undefined;
}

function entriesOf(given: unknown): unknown[] | undefined {
  if (typeof given === 'string') return given.split(',').map((entry) => entry.trim());
  return Array.isArray(given) ? given : undefined;
}

/** A number in the range, or text that is one. */
export function readNumber(given: unknown, min: number, max: number): number | undefined {
  const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  return typeof value === 'number' && value >= min && value <= max ? value : undefined;
}

function readWhole(given: unknown, min: number, max: number): number | undefined {
  const value = readNumber(given, min, max);
  return Number.isInteger(value) ? value : undefined;
}
