import type { AlertRule } from './alert-rule.ts';

/** What a rule's score can be, and so its `on` and `off`: means, or differences of them. */
export function alertScoreRange({
  kind,
  labels,
  baselineMs,
}: Pick<AlertRule, 'kind' | 'labels' | 'baselineMs'>): readonly [low: number, high: number] {
  if (kind === 'drop') return [0, 2];
  const widest = labels.length > 0 ? 1 : 2;
  if (baselineMs > 0) return [-widest, widest];
  return labels.length > 0 ? [0, 1] : [-1, 1];
}
