/** Options that several commands share. */
import { UndertoneError } from '@undertone/core';
import { Option } from 'commander';

export const cacheOption = (): Option =>
  new Option('--cache <folder>', 'where computed features are kept').default('.cache/features');

export const demographicsOption = (): Option =>
  new Option('--demographics <file>', "CREMA-D's VideoDemographics.csv, for the actors' sex");

/** Reads `a,b` given once or several times. */
export const list = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(',').map((name) => name.trim()),
];

/** Collects an option given several times. */
export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** @throws UndertoneError `bad_config` */
export function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new UndertoneError('bad_config', `${flag}: expected a whole number from 0, found ${text}.`);
  }
  return value;
}
