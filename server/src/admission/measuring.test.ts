import { expect, test } from 'vitest';
import { availableCores, coresOfQuota } from './available-cores.ts';
import { calibratedCapacity } from './capacity-estimate.ts';
import { MainThreadLoad, ProcessLoad } from './load-source.ts';

test('a quota of control groups is a number of cores', () => {
  expect(coresOfQuota('150000 100000\n')).toBe(1.5);
  for (const text of ['max 100000\n', '', 'x y', '0 0']) expect(coresOfQuota(text)).toBe(Infinity);
  expect(availableCores()).toBeGreaterThan(0);
});

test('the capacity is that of the resource which is first fully busy', () => {
  const all = (recognition: number, workers: number, cores: number): number =>
    Math.round(calibratedCapacity({ recognition, workers, cores }));
  expect(all(0.001, 2, 8)).toBe(2000);
  expect(all(0.0007, 8, 2)).toBe(2000);
  expect(all(0.0001, 8, 8)).toBe(3333);
});

test('work of this thread shows in its utilisation and in that of the process', async () => {
  const main = new MainThreadLoad(10);
  const all = new ProcessLoad(1);
  const endMs = performance.now() + 150;
  while (performance.now() < endMs);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(main.utilisation()).toBeGreaterThan(0.5);
  expect(all.utilisation()).toBeGreaterThan(0);
  expect(main.lagMs()).toBeGreaterThan(50);
  main.close();
});
