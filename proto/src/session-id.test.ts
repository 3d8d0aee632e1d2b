import { expect, test } from 'vitest';
import { newSessionId } from './session-id.ts';

test('a session id is the ULID of its time and random bits', () => {
  // The time part of the example in the ULID specification: 1469918176385 ms is 01ARYZ6S41.
  expect(newSessionId(1469918176385, new Uint8Array(10))).toBe('ut_01ARYZ6S410000000000000000');
  expect(newSessionId(0, new Uint8Array(10).fill(255))).toBe('ut_0000000000ZZZZZZZZZZZZZZZZ');
});

test('ids sort by time and do not repeat', () => {
  expect(newSessionId(1000) < newSessionId(2000)).toBe(true);
  expect(new Set(Array.from({ length: 1000 }, () => newSessionId(5))).size).toBe(1000);
});
