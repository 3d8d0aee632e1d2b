import { describe, expect, it } from 'vitest';
import { InputQueue } from './input-queue.ts';

const chunk = (...samples: number[]): Int16Array => Int16Array.from(samples);

async function rest(queue: InputQueue): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let result = await queue.next(); !result.done; result = await queue.next()) items.push(result.value);
  return items;
}

describe('InputQueue', () => {
  it('gives audio and gaps in their order, to a reader that came before them too', async () => {
    const queue = new InputQueue(100);
    const first = queue.next();
    queue.push(chunk(1, 2), 2);
    queue.push(chunk(3), 1);
    queue.pushGap(5, 'client');
    queue.end();
    expect(await first).toEqual({ done: false, value: chunk(1, 2) });
    expect(await rest(queue)).toEqual([chunk(3), { lostSamples: 5, reason: 'client' }]);
  });

  it('lets go of the oldest audio as a gap of its length when the reader is too slow', async () => {
    const queue = new InputQueue(4);
    for (let i = 0; i < 10; i++) queue.push(chunk(i, i), 2);
    queue.end();
    expect(queue.letGoSamples).toBe(16);
    expect(await rest(queue)).toEqual([{ lostSamples: 16, reason: 'client' }, chunk(8, 8), chunk(9, 9)]);
  });

  it('never lets go of time, however audio, gaps and reading alternate', async () => {
    for (let seed = 1; seed < 200; seed++) {
      let state = seed;
      const random = (below: number): number => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return (state >>> 8) % below;
      };
      const queue = new InputQueue(8);
      let given = 0;
      let got = 0;
      let waiting = 0;
      const take = (value: unknown): void => {
        waiting = 0;
        got += value instanceof Int16Array ? value.length : (value as { lostSamples: number }).lostSamples;
      };
      for (let step = 0; step < 60; step++) {
        const samples = random(6);
        given += samples;
        if (random(3) > 0) queue.push(new Int16Array(samples), samples);
        else queue.pushGap(samples, random(2) > 0 ? 'client' : 'paused');
        if (samples > 0) waiting++;
        if (waiting > 0 && random(4) === 0) take((await queue.next()).value);
      }
      queue.end();
      const last = await rest(queue);
      // 8 samples, as many gaps between them and one before.
      expect(last.length).toBeLessThanOrEqual(18);
      for (const value of last) take(value);
      expect(got).toBe(given);
    }
  });

  it('keeps one gap while it waits, however often it grows', async () => {
    const queue = new InputQueue(4);
    for (let i = 0; i < 1000; i++) queue.pushGap(3, 'paused');
    queue.pushGap(1, 'client');
    queue.end();
    expect(await rest(queue)).toEqual([
      { lostSamples: 3000, reason: 'paused' },
      { lostSamples: 1, reason: 'client' },
    ]);
  });

  it('gives what waits before the error that ended it, and the error once', async () => {
    const queue = new InputQueue(4);
    queue.push(chunk(1), 1);
    queue.end(new Error('unplugged'));
    queue.push(chunk(2), 1);
    expect((await queue.next()).value).toEqual(chunk(1));
    await expect(queue.next()).rejects.toThrow('unplugged');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('tells every reader that waits of the end', async () => {
    const queue = new InputQueue(4);
    const readers = [queue.next(), queue.next()];
    queue.end();
    expect(await Promise.all(readers)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });
});
