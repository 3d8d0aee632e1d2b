import { newSessionId } from '@undertone/proto';
import { expect, test } from 'vitest';
import { assignedModel, isInShare, type RollOutSettings, resolveRollOut } from './roll-out.ts';

const models = ['calm@1.0.0', 'calm@1.10.0', 'calm@1.9.0', 'other@2.0.0'].map((id) => {
  const [name, version] = id.split('@') as [string, string];
  return { id, manifest: { name, version } };
});
const none: RollOutSettings = {
  defaultModel: '',
  canaryModel: '',
  canaryPercent: 0,
  shadowModel: '',
  shadowPercent: 0,
};
const rollOut = (settings: Partial<RollOutSettings>) => resolveRollOut(models, { ...none, ...settings });

test('a share of the sessions gets the canary, always the same ones, and they keep it when the share grows', () => {
  const ids = Array.from({ length: 4000 }, () => newSessionId());
  const onCanary = (canaryPercent: number): string[] => {
    const settings = rollOut({ canaryModel: 'other', canaryPercent });
    return ids.filter((id) => assignedModel(settings, id).id === 'other@2.0.0');
  };
  const five = onCanary(5);
  const twenty = onCanary(20);
  expect(onCanary(5)).toEqual(five);
  expect(onCanary(0)).toEqual([]);
  expect(onCanary(100)).toEqual(ids);
  // Four standard deviations of a binomial distribution.
  expect(Math.abs(five.length - 200)).toBeLessThan(4 * Math.sqrt(4000 * 0.05 * 0.95));
  expect(Math.abs(twenty.length - 800)).toBeLessThan(4 * Math.sqrt(4000 * 0.2 * 0.8));
  expect(five.filter((id) => !twenty.includes(id))).toEqual([]);
});

test('the share of a session is the same on every server, and another for another purpose', () => {
  const ids = Array.from({ length: 40 }, (_, i) => `ut_${i}`);
  const inHalf = ids.map((id) => Number(isInShare('canary', id, 50))).join('');
  expect(inHalf).toMatchInlineSnapshot(`"0010100001110011110001010110111000100001"`);
  expect(ids.map((id) => Number(isInShare('shadow', id, 50))).join('')).not.toBe(inHalf);
});

test('models are named with their version, or without for the highest; the first is the default', () => {
  expect(rollOut({}).default.id).toBe('calm@1.0.0');
  expect(rollOut({ defaultModel: 'calm' }).default.id).toBe('calm@1.10.0');
  expect(rollOut({ defaultModel: 'calm@1.9.0' }).default.id).toBe('calm@1.9.0');
  expect(rollOut({ canaryPercent: 50 }).canary).toBeNull();
});

test.each(['defaultModel', 'canaryModel', 'shadowModel'])('refuses a %s that is not served', (name) => {
  expect(() => rollOut({ [name]: 'calm@3.0.0' })).toThrow(
    `Expected ${name} to be one of calm@1.0.0, calm@1.10.0, calm@1.9.0, other@2.0.0; got "calm@3.0.0".`,
  );
});
