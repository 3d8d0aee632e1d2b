import { describe, expect, it } from 'vitest';
import { AdamW, defaultOptimiser, evenStepsAt, initialState, learningRateAt } from './optimiser.ts';

describe('AdamW', () => {
  it('takes the two first steps of the published algorithm', () => {
    // By hand, beta1 0.9, beta2 0.99, rate 0.1, decay 0.5 on the first parameter only, gradient (2, -1) twice.
    const config = {
      ...defaultOptimiser,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0.5,
      clipNorm: 100,
    };
    const state = initialState(Float32Array.of(1, 1));
    const adam = new AdamW(state, config, Float32Array.of(1, 0));
    const gradient = Float32Array.of(2, -1);
    // Bias-corrected, a constant gradient gives a step of the learning rate in the direction of its sign.
    expect(adam.update(gradient, 0.1)).toBeCloseTo(Math.sqrt(5), 6);
    expect(state.parameters[0]).toBeCloseTo(1 * 0.95 - 0.1, 6);
    expect(state.parameters[1]).toBeCloseTo(1.1, 6);
    adam.update(gradient, 0.1);
    expect(state.parameters[0]).toBeCloseTo(0.85 * 0.95 - 0.1, 6);
    expect(state.parameters[1]).toBeCloseTo(1.2, 6);
    expect(state.firstMoment[0]).toBeCloseTo(0.1 * 2 * 0.9 + 0.1 * 2, 6);
    expect(state.secondMoment[0]).toBeCloseTo(0.01 * 4 * 0.99 + 0.01 * 4, 6);
    expect(state.step).toBe(2);
  });

  it('shortens a gradient to the greatest norm allowed and reports the norm before', () => {
    const state = initialState(new Float32Array(2));
    const adam = new AdamW(state, { ...defaultOptimiser, beta1: 0, clipNorm: 1 }, new Float32Array(2));
    expect(adam.update(Float32Array.of(30, 40), 0.1)).toBeCloseTo(50, 4);
    expect(state.firstMoment[0]).toBeCloseTo(0.6, 6);
    expect(state.firstMoment[1]).toBeCloseTo(0.8, 6);
  });

  it('keeps a moving average that follows faster at the start', () => {
    const state = initialState(Float32Array.of(0));
    const config = { ...defaultOptimiser, averageDecay: 0.9, weightDecay: 0 };
    const adam = new AdamW(state, config, Float32Array.of(0));
    let expected = 0;
    for (let step = 1; step <= 100; step++) {
      adam.update(Float32Array.of(-1), 0.1);
      const keep = Math.min(0.9, (1 + step) / (10 + step));
      expected = keep * expected + (1 - keep) * state.parameters[0]!;
    }
    expect(state.average[0]).toBeCloseTo(expected, 3);
    expect(state.parameters[0]! - state.average[0]!).toBeCloseTo(0.9, 1);
  });

  it('averages the parameters of the last part evenly, once that is longer than the moving average', () => {
    const state = initialState(Float32Array.of(0));
    const config = { ...defaultOptimiser, averageDecay: 0, weightDecay: 0 };
    const adam = new AdamW(state, config, Float32Array.of(0));
    const seen: number[] = [];
    for (let step = 0; step < 40; step++) {
      adam.update(Float32Array.of(Math.sin(step)), 0.1, Math.max(0, step - 29));
      seen.push(state.parameters[0]!);
      if (step < 30) expect(state.average[0]).toBe(seen.at(-1));
    }
    const last = seen.slice(30);
    expect(state.average[0]).toBeCloseTo(last.reduce((sum, value) => sum + value, 0) / last.length, 6);
    expect(state.average[0]).not.toBeCloseTo(last.at(-1)!, 2);
  });

  it('leaves frozen parameters and their average as they are', () => {
    const state = initialState(Float32Array.of(1, 1));
    const adam = new AdamW(state, defaultOptimiser, Float32Array.of(1, 1), Float32Array.of(1, 0));
    adam.update(Float32Array.of(5, 5), 0.1);
    expect([state.parameters[0], state.average[0]]).toEqual([1, 1]);
    expect(state.parameters[1]).toBeLessThan(1);
  });

  it('refuses a field out of range', () => {
    const state = initialState(new Float32Array(1));
    expect(() => new AdamW(state, { ...defaultOptimiser, clipNorm: 0 }, new Float32Array(1))).toThrow(
      'clipNorm',
    );
    expect(() => new AdamW(state, { ...defaultOptimiser, beta1: 1 }, new Float32Array(1))).toThrow('beta1');
    const share = { ...defaultOptimiser, averageShare: 1.5 };
    expect(() => new AdamW(state, share, new Float32Array(1))).toThrow('averageShare');
  });
});

describe('learningRateAt', () => {
  const config = { ...defaultOptimiser, learningRate: 1, warmupShare: 0.25 };

  it('rises from a 25th to the peak, then falls to a 10,000th', () => {
    const rates = Array.from({ length: 100 }, (_, step) => learningRateAt(config, step, 100));
    expect(rates[0]).toBeCloseTo(1 / 25, 9);
    expect(rates[25]).toBeCloseTo(1, 9);
    expect(rates[99]).toBeCloseTo(1e-4, 9);
    for (let i = 1; i <= 25; i++) expect(rates[i]).toBeGreaterThan(rates[i - 1]!);
    for (let i = 26; i < 100; i++) expect(rates[i]).toBeLessThan(rates[i - 1]!);
  });

  it('rises along a line in the other schedules, then falls along a cosine or stays', () => {
    const at = (schedule: 'cosine' | 'constant', step: number): number =>
      learningRateAt({ ...config, schedule }, step, 101);
    for (const schedule of ['cosine', 'constant'] as const) {
      expect(at(schedule, 0)).toBeCloseTo(1 / 26, 9);
      expect(at(schedule, 12)).toBeCloseTo(0.5, 9);
      expect(at(schedule, 25)).toBeCloseTo(1, 9);
      expect(learningRateAt({ ...config, schedule, warmupShare: 0 }, 0, 100)).toBe(1);
    }
    expect(at('cosine', 62)).toBeCloseTo(0.5, 1);
    expect(at('cosine', 100)).toBeCloseTo(1e-4, 9);
    expect(at('constant', 100)).toBe(1);
  });

  it('falls no lower than asked while parameters are averaged, and as ever before', () => {
    const averaged = { ...config, averageShare: 0.3, averageRate: 0.2 };
    const counts = Array.from({ length: 100 }, (_, step) => evenStepsAt(averaged, step, 100));
    expect(counts.slice(0, 70).every((count) => count === 0)).toBe(true);
    expect(counts.slice(70)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    for (let step = 0; step < 70; step++) {
      expect(learningRateAt(averaged, step, 100)).toBe(learningRateAt(config, step, 100));
    }
    expect(learningRateAt(averaged, 70, 100)).toBe(learningRateAt(config, 70, 100));
    expect(learningRateAt(averaged, 99, 100)).toBeCloseTo(0.2, 9);
  });

  it('stays within its bounds for a run of one step', () => {
    expect(learningRateAt(config, 0, 1)).toBeCloseTo(1 / 25, 9);
  });
});
