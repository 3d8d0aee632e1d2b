import { expect, test } from 'vitest';
import { letterLine } from './letter-line.ts';

const letter = { code: 'bad_parameter', deliveries: 1, time: '2026-05-01T00:00:00Z' };

test('a job that was given up is one line: id, code, why, how often, and where it lies without its signature', () => {
  const job = JSON.stringify({ id: 'J', source: 'https://store.example/a.wav?sig=secret' });
  expect(letterLine({ ...letter, id: 'J', reason: 'Expected a.', job })).toBe(
    'J  bad_parameter  Expected a.  (1 try)  https://store.example/a.wav',
  );
  expect(letterLine({ ...letter, id: 'J', reason: 'b', deliveries: 2, job: 'no job' })).toBe(
    'J  bad_parameter  b  (2 tries)  ',
  );
});

test('what stands in a job, a reason or a subject steers no terminal', () => {
  const evil = '\u001b]0;owned\u0007\u001b[2J\r\n\u009b1m\u202e';
  const job = JSON.stringify({ id: 'J', source: `file:${evil}` });
  const line = letterLine({ ...letter, id: evil, reason: `got "${evil}"`, job });
  expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
});
