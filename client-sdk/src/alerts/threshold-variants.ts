/** A rule at other levels, for the curve of alerts over thresholds. */
import { type AlertRule, alertScoreRange } from '@undertone/core';

export interface RuleVariant {
  readonly rule: AlertRule;
  /** Name of the rule that it is a variant of. */
  readonly of: string;
  readonly on: number;
}

/** `off` goes along at its distance. A rule that comes after another comes after that one as it is. */
export function thresholdVariants(rules: readonly AlertRule[]): RuleVariant[] {
  return rules.flatMap((rule) =>
    levelsOf(rule).map((on) => ({
      rule: { ...rule, name: `${rule.name} ${on}`, on, off: clamp(rule, on + rule.off - rule.on) },
      of: rule.name,
      on,
    })),
  );
}

/** What a picture of a rule shows: where levels are usual, and those of the rule wherever they are. */
export function scoreRange({ kind, labels, on, off }: AlertRule): readonly [low: number, high: number] {
  const [low, high] = kind === 'drop' || labels.length > 0 ? [0, 1] : [-1, 1];
  return [Math.min(low, on, off), Math.max(high, on, off)];
}

/** Twenty levels over the range. */
function levelsOf(rule: AlertRule): number[] {
  const [low, high] = scoreRange(rule);
  const step = (high - low) / 20;
  return Array.from({ length: 19 }, (_, i) => Number((low + (i + 1) * step).toFixed(2)));
}

function clamp(rule: AlertRule, value: number): number {
  const [low, high] = alertScoreRange(rule);
  return Number(Math.max(low, Math.min(high, value)).toFixed(4));
}
