/**
 * What a search may vary: some fields of the configuration, each over a range or over listed values. Samplers work on
 * unit coordinates, where every range is [0, 1] on its own scale.
 */
import { UndertoneError } from '@undertone/core';
import type { Field } from '../config/fields.ts';
import { searchEntry } from './search-entry.ts';

/** A number between two bounds, both included. */
export interface RangeParameter {
  readonly kind: 'range';
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly scale: 'linear' | 'log';
  readonly whole: boolean;
  /** Points of a grid on this range, if the user said how many. */
  readonly points?: number;
}

/** One of some values without an order. */
export interface ChoiceParameter {
  readonly kind: 'choice';
  readonly name: string;
  /** As the configuration holds them; two or more. */
  readonly values: readonly unknown[];
}

export type Parameter = RangeParameter | ChoiceParameter;

/** The values of one trial, by field. */
export type Point = Readonly<Record<string, unknown>>;

/** Fields of the configuration, as far as a search must know them. */
export type SearchableFields = Readonly<Record<string, Field<unknown>>>;

/**
 * Reads the `search` part of a configuration: `{ field: { low, high, scale?, points? } | { values } }`.
 * @throws UndertoneError `bad_config` for an unknown field, saying which was probably meant, or bounds and values that
 * the field itself does not allow
 */
export function parseSearch(search: unknown, fields: SearchableFields): Parameter[] {
  if (typeof search !== 'object' || search === null || Array.isArray(search)) {
    throw new UndertoneError(
      'bad_config',
      `search: expected fields with ranges, for example "learningRate: {low: 1e-4, high: 1e-2, scale: log}"; found ${JSON.stringify(search) ?? 'nothing'}.`,
    );
  }
  const parameters = Object.entries(search).map(([name, entry]) => searchEntry(name, entry, fields));
  if (parameters.length === 0) {
    throw new UndertoneError('bad_config', 'search: expected at least one field with a range; found none.');
  }
  return parameters;
}

/** Value at a unit coordinate in [0, 1]. Of a whole range and of a choice every value has the same share. */
export function valueAt(parameter: Parameter, unit: number): unknown {
  if (parameter.kind === 'choice') return parameter.values[indexAt(parameter.values.length, unit)];
  const { low, high, whole } = parameter;
  const [from, to] = bounds(parameter);
  const value = backward(parameter, from + unit * (to - from));
  return Math.min(high, Math.max(low, whole ? Math.round(value) : readable(value)));
}

/** Six digits: finer than any score can tell apart, and short enough to be copied. */
export function readable(value: number): number {
  return Number(value.toPrecision(6));
}

/** Unit coordinate of a value; the middle of its share for whole ranges and choices. */
export function unitOf(parameter: Parameter, value: unknown): number {
  if (parameter.kind === 'choice') {
    return (choiceIndex(parameter, value) + 0.5) / parameter.values.length;
  }
  const [from, to] = bounds(parameter);
  return (forward(parameter, value as number) - from) / (to - from);
}

/** Position of a value among a choice's values, which may be lists. */
export function choiceIndex(parameter: ChoiceParameter, value: unknown): number {
  const text = JSON.stringify(value);
  return parameter.values.findIndex((candidate) => JSON.stringify(candidate) === text);
}

/** Number of different points; Infinity when a range is continuous. */
export function spaceSize(parameters: readonly Parameter[]): number {
  return parameters.reduce((size, parameter) => {
    if (parameter.kind === 'choice') return size * parameter.values.length;
    return size * (parameter.whole ? parameter.high - parameter.low + 1 : Number.POSITIVE_INFINITY);
  }, 1);
}

/** Equal for equal points, whatever the order of their fields. */
export function pointKey(point: Point): string {
  return JSON.stringify(Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** On the parameter's scale, where a whole number holds the half below and the half above it. */
function bounds(parameter: RangeParameter): [number, number] {
  const margin = parameter.whole ? 0.5 : 0;
  return [forward(parameter, parameter.low - margin), forward(parameter, parameter.high + margin)];
}

function forward({ scale }: RangeParameter, value: number): number {
  return scale === 'log' ? Math.log(value) : value;
}

function backward({ scale }: RangeParameter, value: number): number {
  return scale === 'log' ? Math.exp(value) : value;
}

function indexAt(count: number, unit: number): number {
  return Math.min(count - 1, Math.floor(unit * count));
}
