import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const source = new URL('./young-garbage.ts', import.meta.url).href;
const program = `
  import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
    .then(({ register }) => register())
    .then(() => import(${JSON.stringify(source)}))
    .then(({ YoungGarbage }) => {
      for (let count = 0; count < 2000; count++) new YoungGarbage().add(0);
      new YoungGarbage().add(7 * 1_048_576);
    });`;

test('threads that start at the same moment all find the collector', async () => {
  const ends = Array.from({ length: 4 }, () => {
    const worker = new Worker(program, { eval: true });
    return new Promise<string>((resolve) => {
      worker.once('error', ({ message }) => resolve(message));
      worker.once('exit', () => resolve('ended'));
    });
  });
  expect(await Promise.all(ends)).toEqual(['ended', 'ended', 'ended', 'ended']);
});
