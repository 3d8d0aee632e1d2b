import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultAlertRules } from '@undertone/core';
import { afterAll, expect, test } from 'vitest';
import { resolveConfig } from '../config/resolve-config.ts';
import type { Logger } from '../observability/logger.ts';
import { type AlertRulesHolder, reloadAlertRules } from './reload-alert-rules.ts';

const folder = mkdtempSync(join(tmpdir(), 'alert-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const alertRules = join(folder, 'rules.yaml');
const labels = ['angry', 'neutral'];

function start(): { holder: AlertRulesHolder; logged: object[]; reload: (given: object) => Promise<void> } {
  const holder: AlertRulesHolder = { alertRules: defaultAlertRules };
  const logged: object[] = [];
  const log = { info: (fields: object) => logged.push(fields) } as unknown as Logger;
  const part = reloadAlertRules(holder, labels, log);
  const reload = async (given: object): Promise<void> => (await part.prepare(resolveConfig(given)))();
  return { holder, logged, reload };
}

test('a file that has changed under its name is taken, and the log names its rules', async () => {
  const { holder, logged, reload } = start();
  await reload({ alerts: 'on' });
  expect(logged).toEqual([]);
  for (const name of ['one', 'two', 'two']) {
    writeFileSync(
      alertRules,
      `rules: [{name: ${name}, kind: sustained, labels: [angry], on: 0.5, off: 0.4}]`,
    );
    await reload({ alerts: 'on', alertRules });
    expect(holder.alertRules).toMatchObject([{ name }]);
  }
  expect(logged).toEqual([{ rules: ['one'] }, { rules: ['two'] }]);
  await reload({ alerts: 'off' });
  expect(holder.alertRules).toBeUndefined();
});

test.each([
  [
    'a rule that is none',
    'rules: [{name: one, kind: sustaned}]',
    /rules\.yaml: .*one\.kind.*did you mean sustained/,
  ],
  [
    'a label of no model',
    'rules: [{name: one, kind: sustained, labels: [angri], on: 1, off: 1}]',
    /rules\.yaml: .*angri; did you mean angry/,
  ],
  ['no YAML', 'rules:\n  - {name: one\n', /rules\.yaml.*line 3/],
])('%s leaves the rules as they are, and is told with its file', async (_, text, message) => {
  const { holder, reload } = start();
  writeFileSync(alertRules, text);
  await expect(reload({ alerts: 'on', alertRules })).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.stringMatching(message),
  });
  expect(holder.alertRules).toBe(defaultAlertRules);
});
