/**
 * An experiment as a file, YAML or JSON: a flat map of fields. Everything that can be wrong with it is found here, with
 * its line, before hours are spent.
 */
import { readFileSync } from 'node:fs';
import { UndertoneError } from '@undertone/core';
import { isMap, isScalar, LineCounter, type Node, parseDocument, type Scalar, visit } from 'yaml';
import { type Experiment, experimentFields, experimentGroups, type FieldGroup } from './experiment.ts';
import { type Fields, readField, resolveFields } from './fields.ts';
import { type Places, placesFields } from './places.ts';

/** Everything that a file may hold. */
export type ExperimentFile = Experiment & Places;

export const fileFields: Fields<ExperimentFile> = { ...placesFields, ...experimentFields };

/** The fields of a file in the order in which they are shown. */
export const fileGroups: readonly FieldGroup[] = [
  { title: 'Places: the recordings, and where results go', fields: placesFields },
  ...experimentGroups,
];

/**
 * The fields that a file gives, read and checked.
 * @throws UndertoneError `file_not_found`; `bad_config` naming the line
 */
export function readExperimentFile(path: string): Partial<ExperimentFile> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read the configuration ${path}.`, { cause });
  }
  return parseExperiment(text, path);
}

/** @param path as messages name it */
export function parseExperiment(text: string, path: string): Partial<ExperimentFile> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => `${path}:${lines.linePos(offset).line}: `;
  const [problem] = document.errors;
  if (problem) {
    throw new UndertoneError('bad_config', `${at(problem.pos[0])}expected YAML or JSON: ${problem.message}`);
  }
  const root = document.contents;
  if (root === null) return {};
  if (!isMap(root)) {
    throw new UndertoneError('bad_config', `${path}: expected a map of fields, "name: value" on each line.`);
  }
  const named = root.items.map(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : String(key);
    if (Object.hasOwn(fileFields, name) && fileFields[name as keyof ExperimentFile].asWritten) {
      visit(value as Node, { Scalar: keepAsWritten });
    }
    return { name, offset: isScalar(key) ? (key.range?.[0] ?? 0) : 0 };
  });
  const given = document.toJS() as Readonly<Record<string, unknown>>;
  const values: Record<string, unknown> = {};
  for (const { name, offset } of named) {
    values[name] = readField(fileFields, name, given[name] ?? null, at(offset));
  }
  return values;
}

function keepAsWritten(_: unknown, node: Scalar): void {
  if (typeof node.value === 'number' && node.source !== undefined) node.value = node.source;
}

/**
 * Defaults, then each source over them, divided into the experiment and its places.
 * @throws UndertoneError `bad_config`
 */
export function resolveExperimentFile(...sources: readonly Readonly<Record<string, unknown>>[]): {
  readonly experiment: Experiment;
  readonly places: Places;
} {
  const all: Readonly<Record<string, unknown>> = { ...resolveFields<ExperimentFile>(fileFields, ...sources) };
  const part = (fields: object): Record<string, unknown> =>
    Object.fromEntries(Object.keys(fields).map((name) => [name, all[name]]));
  return {
    experiment: part(experimentFields) as unknown as Experiment,
    places: part(placesFields) as unknown as Places,
  };
}
