import { describe, expect, it } from 'vitest';
import { HalvingPruner, MedianPruner } from './pruner.ts';
import type { Trial, TrialState, TrialStep } from './trial.ts';

const steps = (...values: number[]): TrialStep[] => values.map((value, i) => ({ step: i + 1, value }));
const trial = (values: number[], state: TrialState = 'done'): Trial => ({
  number: 0,
  point: {},
  state,
  value: values.at(-1) ?? null,
  steps: steps(...values),
});

describe('median rule', () => {
  const others = [0.3, 0.4, 0.5, 0.6].map((value) => trial([value, value, value]));
  const pruner = new MedianPruner();

  it('ends a trial below the median of the finished ones at the same step', () => {
    expect(pruner.verdict(steps(0.2, 0.44), others)).toBe(
      'after step 2: 0.4400 at best, median of the others 0.4500',
    );
    expect(pruner.verdict(steps(0.2, 0.46), others)).toBeNull();
  });

  it('judges a trial by its best step, and others only up to the step it has reached', () => {
    expect(pruner.verdict(steps(0.46, 0.1), others)).toBeNull();
    const late = [1, 2, 3, 4].map(() => trial([0.1, 0.1, 0.9]));
    expect(pruner.verdict(steps(0.2, 0.2), late)).toBeNull();
    expect(pruner.verdict(steps(0.2, 0.2, 0.2), late)).not.toBeNull();
  });

  it('waits for the first step and for enough finished trials', () => {
    expect(pruner.verdict(steps(0.1), others)).toBeNull();
    expect(pruner.verdict(steps(0.1, 0.1), others.slice(1))).toBeNull();
    const pruned = { ...others[0]!, state: 'pruned' as const };
    expect(pruner.verdict(steps(0.1, 0.1), [pruned, ...others.slice(1)])).toBeNull();
  });
});

describe('successive halving', () => {
  const pruner = new HalvingPruner({ firstStep: 1, factor: 3 });

  it('lets the best third of those that came to a step go on', () => {
    const others = [0.1, 0.2, 0.3, 0.4, 0.5].map((value) => trial([value], 'pruned'));
    expect(pruner.verdict(steps(0.45), others)).toBeNull();
    expect(pruner.verdict(steps(0.35), others)).toBe('after step 1: 0.3500 is place 3 of 6, 2 go on');
  });

  it('compares at steps 1, 3, 9 only, and lets the first go on', () => {
    const others = [0.8, 0.9, 0.9].map((value) => trial([value, value, value]));
    expect(pruner.verdict(steps(0.95, 0.1), others)).toBeNull();
    expect(pruner.verdict(steps(0.95, 0.1, 0.1), others)).not.toBeNull();
    expect(pruner.verdict(steps(0.1), [])).toBeNull();
  });
});
