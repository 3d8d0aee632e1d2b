import { expect, test } from 'vitest';
import { resolveConfig } from '../config/resolve-config.ts';
import type { SessionServices } from './session-services.ts';
import { StreamLimits } from './stream-limits.ts';

let nowMs = 0;
const limits = (options: Parameters<typeof resolveConfig>[0], load = 1, carriedSeconds = 0): StreamLimits => {
  nowMs = 0;
  const services = { config: resolveConfig(options), now: () => nowMs } as SessionServices;
  return new StreamLimits(services, () => load, carriedSeconds);
};

test('by default a file is slowed down where half of the places are taken, and not before', () => {
  const [busy, free] = [limits({}, 0.6), limits({}, 0.4)];
  expect(busy.receive(5, 0)).toBe(0);
  expect(busy.receive(1.25, 0)).toBe(1000);
  for (let i = 0; i < 100; i++) expect(free.receive(10, 0)).toBe(0);
});

test('what was sent while there was room is no debt when there is none', () => {
  let load = 0;
  const services = { config: resolveConfig({}), now: () => 0 } as SessionServices;
  const stream = new StreamLimits(services, () => load, 0);
  for (let i = 0; i < 100; i++) stream.receive(10, 0);
  load = 1;
  expect(stream.receive(10, 0)).toBeLessThan(10_000);
});

test('where it is to end the stream, it does so whatever the load', () => {
  const strict = limits({ rateAction: 'end' }, 0);
  strict.receive(5, 0);
  expect(() => strict.receive(1, 0)).toThrowError(expect.objectContaining({ code: 'rate_limited' }));
});

test('length counts the audio of all servers, or the clock of this one', () => {
  const moved = limits({ maxSessionSeconds: 100 }, 0, 99);
  expect(moved.exceeded(0)).toBeNull();
  moved.receive(2, 0);
  expect(moved.exceeded(0)?.code).toBe('session_limit');
  const slow = limits({ maxSessionSeconds: 100 });
  slow.touch(100_500);
  expect(slow.exceeded(100_500)?.code).toBe('session_limit');
});

test('a silent stream is idle', () => {
  const silent = limits({ idleTimeoutMs: 1000 });
  expect(silent.exceeded(1000)).toBeNull();
  expect(silent.exceeded(1001)?.code).toBe('idle_timeout');
  silent.touch(1500);
  expect(silent.exceeded(2000)).toBeNull();
});
