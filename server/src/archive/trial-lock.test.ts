import { expect, test } from 'vitest';
import { TrialLock } from './trial-lock.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('those that are trusted run together, one on trial alone, in the order in which they came', async () => {
  const lock = new TrialLock();
  const entered: string[] = [];
  const leaves = new Map<string, () => void>();
  const enter = (name: string, isAlone: boolean): void => {
    void lock.enter(isAlone).then((leave) => {
      entered.push(name);
      leaves.set(name, leave);
    });
  };
  for (const name of ['a', 'b']) enter(name, false);
  enter('trial', true);
  enter('c', false);
  await turn();
  expect(entered).toEqual(['a', 'b']);
  leaves.get('a')!();
  await turn();
  expect(entered).toEqual(['a', 'b']);
  leaves.get('b')!();
  await turn();
  expect(entered).toEqual(['a', 'b', 'trial']);
  leaves.get('trial')!();
  await turn();
  expect(entered).toEqual(['a', 'b', 'trial', 'c']);
});
