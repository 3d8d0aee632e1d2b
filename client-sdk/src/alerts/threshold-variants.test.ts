import { type AlertRule, parseAlertRules } from '@undertone/core';
import { expect, test } from 'vitest';
import { scoreRange, thresholdVariants } from './threshold-variants.ts';

function ruleOf(more: object): AlertRule {
  return parseAlertRules({ rules: [{ name: 'r', durationMs: 2000, ...more }] })[0]!;
}

test.each([
  ['labels', { kind: 'sustained', labels: ['angry'], on: 0.6, off: 0.4 }],
  ['labels against a baseline', { kind: 'distress', labels: ['sad'], on: 0.1, off: -0.3, baselineMs: 8000 }],
  ['a dimension', { kind: 'sustained', dimension: 'arousal', on: 0.5, off: 0.5 }],
  [
    'a dimension against a baseline',
    { kind: 'sustained', dimension: 'valence', on: 1.4, off: 1, baselineMs: 8000 },
  ],
  ['a drop', { kind: 'drop', on: 1.5, off: 0.2 }],
])('rules by %s: other levels are rules that may be, and the picture has room for their own', (_, given) => {
  const rule = ruleOf(given);
  const [low, high] = scoreRange(rule);
  expect(Math.min(rule.on, rule.off)).toBeGreaterThanOrEqual(low);
  expect(Math.max(rule.on, rule.off)).toBeLessThanOrEqual(high);
  const variants = thresholdVariants([rule]);
  expect(variants).toHaveLength(19);
  for (const { on, rule: variant } of variants) {
    expect(() => ruleOf({ ...given, on, off: variant.off })).not.toThrow();
    // The distance is the rule's, wherever there is room for it.
    expect(on - variant.off).toBeLessThanOrEqual(rule.on - rule.off + 1e-9);
  }
});

test('against a baseline, off stays at its distance below zero too', () => {
  const rule = ruleOf({ kind: 'distress', labels: ['sad'], on: 0.35, off: 0.15, baselineMs: 8000 });
  const lowest = thresholdVariants([rule])[0]!;
  expect([lowest.on, lowest.rule.off]).toEqual([0.05, -0.15]);
});
