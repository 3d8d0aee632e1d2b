import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['what steers a terminal', '\u0000\u0007\b\t\n\r\u001b\u007f\u0080\u009b\u009f'],
  ['what breaks a line', '\u2028\u2029\u0085'],
  [
    'what turns the direction of what follows',
    '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069',
  ],
  ['half a pair', '\ud800\udfff\ud800'.slice(2)],
])('%s is replaced, one for one', (_, text) => {
  expect(printable(text)).toBe('\ufffd'.repeat(text.length));
});

test('other text stays as it is, in whatever script', () => {
  const text = 'ärger 怒り غضب \u{1f600} -=_.';
  expect(printable(text)).toBe(text);
});
