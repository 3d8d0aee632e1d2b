import type { EmotionMessage } from '@undertone/proto';
import { expect, test } from 'vitest';
import { UnacknowledgedFinals } from './unacknowledged-finals.ts';

const final = (id: string): EmotionMessage => ({ id }) as EmotionMessage;
const ids = (finals: UnacknowledgedFinals): string[] => finals.all.map(({ id }) => id);

test('an acknowledgement covers all finals before it', () => {
  const finals = new UnacknowledgedFinals(10, [final('a')]);
  for (const id of ['b', 'c', 'd']) finals.add(final(id), 0);
  finals.acknowledge('c');
  expect(ids(finals)).toEqual(['d']);
});

test('what is not waited for changes nothing', () => {
  const finals = new UnacknowledgedFinals(10, [final('a'), final('b')]);
  finals.acknowledge('x');
  expect(ids(finals)).toEqual(['a', 'b']);
  finals.acknowledge('a');
  finals.acknowledge('a');
  expect(ids(finals)).toEqual(['b']);
});

test('it is full at its limit', () => {
  const finals = new UnacknowledgedFinals(2);
  finals.add(final('a'), 100);
  expect(finals.isFull).toBe(false);
  finals.add(final('b'), 200);
  expect(finals.isFull).toBe(true);
  expect(finals.fullForMs(700)).toBe(500);
  finals.acknowledge('a');
  expect(finals.isFull).toBe(false);
  expect(finals.fullForMs(700)).toBe(0);
});
