import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';
import { webhookKey } from './webhook-signature.ts';

const now = Date.parse('2030-01-01T00:00:00Z');

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 5 ', 5000],
  ['9999999999', 3_600_000],
  ['Tue, 01 Jan 2030 00:00:30 GMT', 30_000],
  ['Mon, 31 Dec 2029 00:00:00 GMT', 0],
  ['Wed, 01 Jan 2031 00:00:00 GMT', 3_600_000],
  [null, null],
  ['', null],
  ['-1', null],
  ['1.5', null],
  ['soon', null],
])('Retry-After %j is %s ms', (value, expected) => {
  expect(retryAfterMs(value, now)).toBe(expected);
});

test('a secret is 24 to 64 bytes in base64, with its prefix or without', () => {
  const text = (bytes: number): string => Buffer.alloc(bytes, 7).toString('base64');
  for (const secret of [`whsec_${text(24)}`, text(32), text(64), text(25).replace(/=/g, '')])
    expect(webhookKey(secret)).not.toBeNull();
  for (const secret of [
    '',
    'whsec_',
    text(23),
    text(65),
    `whsec_${text(24)}!`,
    'not base64 at all, but long enough',
  ])
    expect(webhookKey(secret)).toBeNull();
});
