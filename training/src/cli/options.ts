/** Options that several commands share. */
import { UndertoneError } from '@undertone/core';
import { Option } from 'commander';
import { defaultLabelScheme, type LabelScheme } from '../data/label-scheme.ts';

export const cacheOption = (): Option =>
  new Option('--cache <folder>', 'where computed features are kept').default('.cache/features');

/** Without a default of its own: the field `cache` of a configuration may say it. */
export const experimentCacheOption = (): Option =>
  new Option('--cache <folder>', 'where computed features are kept (default: .cache/features)');

export const demographicsOption = (): Option =>
  new Option('--demographics <file>', "CREMA-D's VideoDemographics.csv, for the actors' sex");

/** Reads `a,b` given once or several times. */
export const list = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(',').map((name) => name.trim()),
];

/** Collects an option given several times. */
export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

export const testSpeakersOption = (): Option =>
  new Option('--test-speakers <names>', 'speakers that are not read at all, separated by commas').argParser(
    list,
  );

export const splitOption = (): Option =>
  new Option('--split <file>', 'the speakers of each side, as "split --out" writes them');

export const labelMapOption = (): Option =>
  new Option(
    '--label-map <from=to>',
    'what a label of the corpus counts as, or from=drop; separated by commas',
  ).argParser(list);

/**
 * The classes of a model, and what the labels of a corpus count as beside the defaults.
 * @throws UndertoneError `bad_config`
 */
export function labelSchemeOfModel(labels: readonly string[], map: readonly string[] = []): LabelScheme {
  const entries = map.map((entry) => {
    const [from, to, ...more] = entry.split('=').map((part) => part.trim());
    if (!from || !to || more.length > 0) {
      throw new UndertoneError('bad_config', `--label-map: expected from=to, found ${entry}.`);
    }
    return [from, to] as const;
  });
  return { ...defaultLabelScheme, labels, labelMap: Object.fromEntries(entries), isModels: true };
}

/** @throws UndertoneError `bad_config` */
export function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new UndertoneError('bad_config', `${flag}: expected a whole number from 0, found ${text}.`);
  }
  return value;
}
