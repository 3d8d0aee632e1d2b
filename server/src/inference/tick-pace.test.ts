import { expect, test } from 'vitest';
import { TickPace } from './tick-pace.ts';

/** A second in which so many streams have something to send, evenly. */
function after(perSecond: number): number {
  const pace = new TickPace(20);
  let dueAt: number | null = null;
  for (let ms = 0; ms < 1000; ms++) {
    const arrived = Math.floor(((ms + 1) * perSecond) / 1000) - Math.floor((ms * perSecond) / 1000);
    for (let i = 0; i < arrived; i++) pace.arrived();
    if (arrived > 0) dueAt ??= ms + pace.waitMs(ms);
    if (dueAt === null || ms < dueAt) continue;
    pace.posted(ms);
    dueAt = null;
  }
  return pace.waitMs(1000);
}

test('where few streams would come nobody waits, else all do until enough are there', () => {
  expect(after(20)).toBe(0);
  expect(after(1000)).toBe(20);
  expect(after(20_000)).toBeGreaterThan(4);
  expect(after(20_000)).toBeLessThan(9);
});

test('the first after a pause does not wait', () => {
  const pace = new TickPace(20);
  for (let ms = 0; ms < 200; ms++) {
    for (let i = 0; i < 4; i++) pace.arrived();
    pace.posted(ms);
  }
  expect(pace.waitMs(200)).toBe(20);
  expect(pace.waitMs(1200)).toBe(0);
});
