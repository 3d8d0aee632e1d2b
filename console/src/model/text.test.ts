import { expect, test } from 'vitest';
import { clockText, millisecondsText, percentText, shortClockText, signedText } from './text.ts';

test.each([
  [0, '0:00.0'],
  [7.46, '0:07.5'],
  [59.96, '1:00.0'],
  [3723, '1:02:03.0'],
])('%d s is written %s', (seconds, text) => {
  expect(clockText(seconds)).toBe(text);
});

test('other numbers are written with their unit or sign', () => {
  expect(shortClockText(59.9)).toBe('0:59');
  expect(percentText(0.614)).toBe('61 %');
  expect([signedText(0.314), signedText(-0.12), signedText(-0.001)]).toEqual(['+0.31', '−0.12', '+0.00']);
  expect([millisecondsText(42.4), millisecondsText(1530)]).toEqual(['42 ms', '1.5 s']);
});
