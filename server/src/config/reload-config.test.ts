import { UndertoneError } from '@undertone/core';
import { expect, test } from 'vitest';
import type { Logger } from '../observability/logger.ts';
import type { ServerConfig } from './fields.ts';
import { ConfigReloader, type Reloadable } from './reload-config.ts';
import { resolveConfig } from './resolve-config.ts';

function start(...more: Reloadable[]) {
  let current = resolveConfig({});
  const lines: [level: string, fields: object, message: string][] = [];
  const log = Object.fromEntries(
    ['info', 'warn', 'error'].map((level) => [
      level,
      (fields: object, message: string) => lines.push([level, fields, message]),
    ]),
  ) as unknown as Logger;
  const outcomes: string[] = [];
  const taking: Reloadable = {
    prepare: (next) => () => {
      current = next;
    },
  };
  const reloader = new ConfigReloader(current, {
    log,
    parts: [taking, ...more],
    onDone: (outcome) => outcomes.push(outcome),
  });
  const reload = (given: Partial<ServerConfig>) => reloader.reload(() => resolveConfig(given));
  return { reload, lines, outcomes, config: () => current };
}

test('settings that can change take effect; the others keep their value and are reported, until a restart', async () => {
  const { reload, lines, config, outcomes } = start();
  const wanted = { maxSessions: 5, port: 1, allowRole: ['agent'] as const };
  expect(await reload(wanted)).toBe(true);
  expect(config()).toEqual({ ...resolveConfig(wanted), port: 8080 });
  const waiting = ['warn', { settings: ['port'] }, 'changed settings need a restart'];
  expect(lines).toEqual([
    ['info', { settings: ['allowRole', 'maxSessions'] }, 'configuration reloaded'],
    waiting,
  ]);
  expect(await reload(wanted)).toBe(true);
  expect(lines.slice(2)).toEqual([['info', { settings: [] }, 'configuration reloaded'], waiting]);
  expect(await reload({})).toBe(true);
  expect(config()).toEqual(resolveConfig({}));
  expect(outcomes).toEqual(['taken', 'taken', 'taken']);
});

test('where anything is wrong, nothing changes', async () => {
  let isBroken = true;
  const certificate: Reloadable = {
    async prepare() {
      await Promise.resolve();
      if (isBroken) throw new UndertoneError('bad_config', 'The certificate has no key.');
      return () => {};
    },
  };
  const { reload, lines, config, outcomes } = start(certificate);
  expect(await reload({ maxSessions: -1 })).toBe(false);
  expect(await reload({ maxSessions: 5 })).toBe(false);
  expect(config()).toEqual(resolveConfig({}));
  expect(lines.map(([level, fields]) => [level, fields])).toEqual([
    ['error', { reason: 'Expected maxSessions to be 0 to 100000; got -1.' }],
    ['error', { reason: 'The certificate has no key.' }],
  ]);
  isBroken = false;
  expect(await reload({ maxSessions: 5 })).toBe(true);
  expect(config().maxSessions).toBe(5);
  expect(outcomes).toEqual(['refused', 'refused', 'taken']);
});

test('reloads that come at once are taken one after the other', async () => {
  const running: number[] = [];
  let count = 0;
  const slow: Reloadable = {
    async prepare() {
      running.push(++count);
      await new Promise((resolve) => setTimeout(resolve, 5));
      count--;
      return () => {};
    },
  };
  const { reload, config } = start(slow);
  await Promise.all([1, 2, 3].map((maxSessions) => reload({ maxSessions })));
  expect(running).toEqual([1, 1, 1]);
  expect(config().maxSessions).toBe(3);
});
