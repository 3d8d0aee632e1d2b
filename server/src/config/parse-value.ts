/** From a text or a value of a file to a checked value of one field. */
import { inspect } from 'node:util';
import { type Field, type FieldValue, isSecret, rangeText } from './field.ts';
import type { Problems } from './problems.ts';

/**
 * @param source what the reader of a problem knows the setting by: a flag, a variable, a key
 * @returns undefined when the text does not fit, which is added to `problems`
 */
export function parseText(
  source: string,
  field: Field,
  value: string,
  problems: Problems,
): FieldValue | undefined {
  const parsed = fromText(field, value) ?? value;
  return fits(field, parsed) ? parsed : refuse(source, field, value, problems);
}

function fromText(field: Field, value: string): FieldValue | undefined {
  const trimmed = value.trim();
  if (field.kind === 'list' || field.kind === 'secrets') return trimmed === '' ? [] : listItems(value);
  if (field.kind === 'boolean') return trimmed === 'true' ? true : trimmed === 'false' ? false : undefined;
  const isNumber = field.kind === 'integer' || field.kind === 'number' || field.kind === 'port';
  if (!isNumber) return value;
  return trimmed === '' || Number.isNaN(Number(trimmed)) ? undefined : Number(trimmed);
}

/** A comma that belongs to an item has a backslash before it. */
function listItems(text: string): string[] {
  return text.split(/(?<!\\),/).map((part) => part.trim().replaceAll('\\,', ','));
}

/** The value when it is one that the field takes; undefined, and a problem more, when it is not. */
export function checkValue(
  source: string,
  field: Field,
  value: unknown,
  problems: Problems,
): FieldValue | undefined {
  return fits(field, value) ? value : refuse(source, field, value, problems);
}

function refuse(source: string, field: Field, value: unknown, problems: Problems): undefined {
  const found = isSecret(field) ? 'something else' : shown(value);
  problems.add(`Expected ${source} to be ${rangeText(field)}; got ${found}.`);
}

function fits(field: Field, value: unknown): value is FieldValue {
  switch (field.kind) {
    case 'integer':
      return isWithin(field, value) && Number.isInteger(value);
    case 'number':
      return isWithin(field, value);
    case 'port':
      return value === 'off' || (isWithin(field, value) && Number.isInteger(value));
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && (field.choices ?? []).includes(value);
    case 'text':
      return typeof value === 'string' && (value !== '' || field.isOptional === true);
    case 'secret':
      return typeof value === 'string';
    case 'secrets':
      return isTexts(value);
    case 'list':
      if (!isTexts(value)) return false;
      return field.choices
        ? value.every((item) => field.choices?.includes(item))
        : value.length > 0 || field.isOptional === true;
  }
}

function isWithin({ min = -Infinity, max = Infinity }: Field, value: unknown): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? `"${value.slice(0, 200)}"`
    : inspect(value, { depth: 0, maxArrayLength: 5, breakLength: Infinity });
}
