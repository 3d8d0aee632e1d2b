/** Checks of the shape of parsed JSON, put together from small ones; the first misfit is named with what was found. */
import { UndertoneError } from '../errors.ts';

export type Check = (value: unknown, at: string) => void;

/** @throws UndertoneError `bad_manifest` */
export function refuse(at: string, expected: string, found: unknown): never {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found)?.slice(0, 80);
  throw new UndertoneError('bad_manifest', `Manifest field ${at}: expected ${expected}, found ${shown}.`);
}

export const string: Check = (value, at) => {
  if (typeof value !== 'string' || value === '') refuse(at, 'a non-empty string', value);
};

export const literal =
  (expected: string | number | boolean): Check =>
  (value, at) => {
    if (value !== expected) refuse(at, JSON.stringify(expected), value);
  };

export const oneOf =
  (...allowed: readonly string[]): Check =>
  (value, at) => {
    if (typeof value !== 'string' || !allowed.includes(value))
      refuse(at, `one of ${allowed.join(', ')}`, value);
  };

export const number =
  (min: number, max: number, whole = false): Check =>
  (value, at) => {
    if (typeof value !== 'number' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
      refuse(at, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`, value);
    }
  };

export const boolean: Check = (value, at) => {
  if (typeof value !== 'boolean') refuse(at, 'true or false', value);
};

export const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(at, 'an object', value);
    for (const [name, check] of Object.entries(fields)) {
      check((value as Record<string, unknown>)[name], at === '' ? name : `${at}.${name}`);
    }
  };

export const list =
  (check: Check, min: number, max: number): Check =>
  (value, at) => {
    if (!Array.isArray(value)) refuse(at, 'a list', value);
    if (value.length < min || value.length > max) refuse(at, `${min} to ${max} entries`, value.length);
    for (const [i, entry] of value.entries()) check(entry, `${at}[${i}]`);
  };

/** Optional parts that are absent stay so; what they hold is checked by the code that computes them. */
export const optional =
  (check: Check): Check =>
  (value, at) => {
    if (value !== undefined) check(value, at);
  };
