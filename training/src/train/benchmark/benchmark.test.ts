import { describe, expect, it } from 'vitest';
import { benchmarkTraining } from './benchmark.ts';
import { benchmarkNetwork } from './networks.ts';

describe('benchmarkNetwork', () => {
  it('has the sizes that other engines were measured with', () => {
    // GRU: 3H (in + H) weights and 6H biases a layer, attention, and a head over mean and deviation.
    expect(benchmarkNetwork('gru').layout.size).toBe(
      3 * 128 * (64 + 128 + 128 + 128) + 2 * 768 + 128 + 256 * 6 + 6,
    );
    expect(benchmarkNetwork('cnn').layout.size).toBe(
      9 * (16 + 16 * 32 + 32 * 64 + 64 * 64) + 16 + 32 + 64 + 64 + 64 * 6 + 6,
    );
  });
});

describe('benchmarkTraining', () => {
  it('reports steps of one and of two threads beside the matrix product', async () => {
    for (const threads of [1, 2] as const) {
      const result = await benchmarkTraining('gru', threads, 1, 1);
      expect(result).toMatchObject({ network: 'gru', threads });
      for (const value of [result.msPerStep, result.gflops, result.machineGflops, result.efficiency]) {
        expect(value).toBeGreaterThan(0);
      }
    }
  });
});
