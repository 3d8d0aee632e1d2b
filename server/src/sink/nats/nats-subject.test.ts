import { expect, test } from 'vitest';
import { covers } from './ensure-stream.ts';
import { durableSubjects, subjectOf } from './nats-subject.ts';

const event = (session: string, isDurable = true) => ({
  id: '1',
  session,
  type: 'emotion',
  isDurable,
  json: '{}',
});

test('durable events and those of the moment differ in their subjects', () => {
  expect(subjectOf('acme', event('ut_01'))).toBe('undertone.v1.acme.ut_01.emotion');
  expect(subjectOf('acme', event('ut_01', false))).toBe('undertone.v1.acme.ut_01.emotion.live');
});

test('what would mean something in a subject is written as bytes, so that no two become one', () => {
  const sessions = ['a.b', 'a b', 'a*', '>', 'ä', '', '=', 'a=2Eb', 'a\r\nPUB x', '\u{1f600}'];
  const subjects = sessions.map((session) => subjectOf('t', event(session)));
  for (const subject of subjects) expect(subject).toMatch(/^undertone\.v1\.t\.[\w=-]+\.emotion$/);
  expect(new Set(subjects).size).toBe(sessions.length);
});

test.each([
  ['undertone.v1.t.*.*', true],
  ['undertone.>', true],
  ['>', true],
  ['undertone.v1.t.*.emotion', false],
  ['undertone.v1.other.*.*', false],
  ['undertone.v1.t.*', false],
  ['undertone.v1.t.*.*.>', false],
])('a stream of %s takes all durable events: %s', (subject, doesCover) => {
  expect(covers(subject, durableSubjects('t'))).toBe(doesCover);
});
