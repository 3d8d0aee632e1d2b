import { describe, expect, test } from 'vitest';
import { type Place, Placement } from './placement.ts';

class Thread implements Place {
  readonly streams: { size: number } = { size: 0 };
  lateMs = 0;

  waitingMs(): number {
    return this.lateMs;
  }
}

/** Streams on each of the threads after so many more. */
function place(placement: Placement, threads: readonly Thread[], streams: number): number[] {
  for (let i = 0; i < streams; i++) placement.choose(threads, 0)!.streams.size++;
  return threads.map((thread) => thread.streams.size);
}

const threads = (count: number): Thread[] => Array.from({ length: count }, () => new Thread());

describe('placement of streams', () => {
  test('spreads the first streams, so that each file has a thread', () => {
    expect(place(new Placement(), threads(3), 3)).toEqual([1, 1, 1]);
  });

  test('fills one thread before the next, by what streams are assumed to cost', () => {
    expect(place(new Placement(), threads(3), 1300)).toEqual([600, 600, 100]);
  });

  test('spreads evenly what no thread has room for', () => {
    const [first, second] = place(new Placement(), threads(2), 2001);
    expect(first! + second!).toBe(2001);
    expect(Math.abs(first! - second!)).toBe(1);
  });

  test('puts as many on a thread as their measured cost allows', () => {
    const placement = new Placement();
    const both = threads(2);
    for (let i = 0; i < 50; i++)
      placement.observe(both[0]!, { utilisation: 0.3, busySeconds: 0.3, audioSeconds: 1000 });
    expect(place(placement, both, 2050)[0]).toBe(2000);
  });

  test('leaves a thread alone that is busy with few streams', () => {
    const placement = new Placement();
    const both = threads(2);
    for (let i = 0; i < 2; i++)
      placement.observe(both[0]!, { utilisation: 1, busySeconds: 1, audioSeconds: 0 });
    expect(place(placement, both, 100)).toEqual([1, 99]);
  });

  test('does not mind a thread that was busy once', () => {
    const placement = new Placement();
    const both = threads(2);
    placement.observe(both[0]!, { utilisation: 1, busySeconds: 1, audioSeconds: 1 });
    expect(place(placement, both, 100)).toEqual([99, 1]);
  });

  test('spreads streams over threads that are all behind', () => {
    const both = threads(2);
    for (const thread of both) thread.lateMs = 50;
    expect(place(new Placement(), both, 100)).toEqual([50, 50]);
  });

  test('has no thread where there is none', () => {
    expect(new Placement().choose([], 0)).toBeNull();
  });
});
