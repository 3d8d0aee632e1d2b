import { UndertoneError } from '@undertone/core';

/** @throws UndertoneError `bad_parameter` for what is no whole number from `least` to `most` */
export function wholeNumber(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const expected = `Expected ${option} to be a whole number from ${least} to ${most}`;
  throw new UndertoneError('bad_parameter', `${expected}; got ${value}.`);
}
