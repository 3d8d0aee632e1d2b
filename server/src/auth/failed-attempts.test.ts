import { expect, test } from 'vitest';
import { FailedAttempts } from './failed-attempts.ts';

const failing = (attempts: FailedAttempts, address: string, times: number, nowMs = 0): void => {
  for (let i = 0; i < times; i++) attempts.add(address, nowMs);
};

test('an address is blocked by failures, and free again with time', () => {
  const attempts = new FailedAttempts();
  failing(attempts, '192.0.2.1', 19);
  expect(attempts.isBlocked('192.0.2.1', 0)).toBe(false);
  failing(attempts, '192.0.2.1', 1);
  expect(attempts.isBlocked('192.0.2.1', 0)).toBe(true);
  expect(attempts.isBlocked('192.0.2.2', 0)).toBe(false);
  expect(attempts.isBlocked('192.0.2.1', 999)).toBe(true);
  expect(attempts.isBlocked('192.0.2.1', 1000)).toBe(false);
});

test('the addresses of one network of IPv6 count together, in whatever spelling', () => {
  const attempts = new FailedAttempts();
  failing(attempts, '2001:db8:0:7::1', 10);
  failing(attempts, '2001:DB8:0:7:aaaa:bbbb:cccc:dddd', 10);
  expect(attempts.isBlocked('2001:db8:0:7:1234::', 0)).toBe(true);
  expect(attempts.isBlocked('2001:db8:0:8::1', 0)).toBe(false);
  failing(attempts, '::ffff:192.0.2.9', 20);
  expect(attempts.isBlocked('::ffff:192.0.2.10', 0)).toBe(false);
});

test('the table is bounded; the address that failed longest ago is forgotten', () => {
  const attempts = new FailedAttempts();
  failing(attempts, 'first', 20);
  for (let i = 0; i < 12_000; i++) attempts.add(`a${i}`, i);
  expect(attempts.size).toBe(10_000);
  expect(attempts.isBlocked('first', 0)).toBe(false);
});
