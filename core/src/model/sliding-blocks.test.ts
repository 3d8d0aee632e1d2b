import { expect, it, vi } from 'vitest';
import { defaultFeatureConfig, rawFrameSize } from '../features/feature-config.ts';
import { FrameDescriber } from '../features/functionals/frame-describer.ts';
import { FunctionalBlock } from '../features/functionals/functional-block.ts';
import { defaultFunctionalsConfig } from '../features/functionals/functionals-config.ts';
import { FunctionalsPlan } from '../features/functionals/functionals-plan.ts';
import { SlidingBlocks } from './sliding-blocks.ts';

const features = { ...defaultFeatureConfig, functionals: defaultFunctionalsConfig };
const plan = new FunctionalsPlan(features);
const rawSize = rawFrameSize(features);

/** Blocks of 5 frames each, one behind the other. */
function blocksOf(count: number): FunctionalBlock[] {
  const describer = new FrameDescriber(plan);
  let state = 5;
  return Array.from({ length: count }, () => {
    const block = new FunctionalBlock(plan);
    for (let t = 0; t < 5; t++) {
      const raw = Float32Array.from({ length: rawSize }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return -4 * (state / 2 ** 32);
      });
      raw[rawSize - 2] = 100;
      describer.next(raw, 0);
      block.add(describer);
    }
    return block;
  });
}

it('has the sums of the newest blocks, also after some were forgotten', () => {
  const blocks = blocksOf(40);
  const sliding = new SlidingBlocks(plan, 7);
  let length = 0;
  for (const [i, block] of blocks.entries()) {
    if (i === 20 || i === 33) {
      sliding.keepNewest(3);
      length = 3;
    }
    const found = sliding.push(block);
    length = Math.min(7, length + 1);
    const expected = new FunctionalBlock(plan);
    for (const each of blocks.slice(i + 1 - length, i + 1)) expected.merge(each);
    expect([found.firstFrame, found.frames]).toEqual([expected.firstFrame, expected.frames]);
    expect(found.histograms).toEqual(expected.histograms);
    for (const [d, sum] of expected.sums.entries()) expect(found.sums[d]).toBeCloseTo(sum, 6);
    for (const [d, trend] of expected.trends.entries()) expect(found.trends[d]).toBeCloseTo(trend, 6);
  }
});

it.each([4, 40])(
  'merges at most three times per block in the mean with %i blocks in a window',
  (capacity) => {
    const blocks = blocksOf(400);
    const merge = vi.spyOn(FunctionalBlock.prototype, 'merge');
    const sliding = new SlidingBlocks(plan, capacity);
    for (const block of blocks) sliding.push(block);
    expect(merge.mock.calls.length / blocks.length).toBeLessThanOrEqual(3);
    merge.mockRestore();
  },
);
