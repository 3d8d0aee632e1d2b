import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { addCorrection, correctedModel, correctionSize } from './head-correction.ts';
import type { ModelRuntime } from './model-runtime.ts';

/** Two values a step, three classes; the head is any function. */
function model(): ModelRuntime & { closed: number } {
  const of = {
    manifest: { ...testManifest(), calibration: { temperature: 1 } },
    inputSize: 1,
    stateSize: 1,
    valueSize: 1,
    stepFrames: 4,
    closed: 0,
    step: async () => {
      throw new Error('not asked for');
    },
    head: async (pooled: Float32Array, batch: number) =>
      Float32Array.from({ length: 3 * batch }, (_, i) => pooled[Math.floor(i / 3)]! + i),
    close: async () => {
      of.closed++;
    },
  };
  return of;
}

describe('an adapted head', () => {
  it('adds a linear map of what was pooled to the logits of each row', () => {
    const weights = Float32Array.of(1, 2, 3, 10, 20, 30, 0.1, 0.2, 0.3);
    const logits = Float32Array.of(0, 0, 0, 1, 1, 1);
    addCorrection(weights, Float32Array.of(1, 0, 2, 0.5), logits, 2);
    const expected = [1.1, 2.2, 3.3, 1 + 2 + 5 + 0.1, 1 + 4 + 10 + 0.2, 1 + 6 + 15 + 0.3];
    for (const [i, value] of expected.entries()) expect(logits[i]).toBeCloseTo(value, 5);
  });

  it('is the shipped one to the last bit when nothing was learned, and has its own calibration', async () => {
    const shipped = model();
    const weights = new Float32Array(correctionSize(shipped));
    const adapted = correctedModel(shipped, { weights, temperature: 1.7 });
    const pooled = Float32Array.of(0.123456, -7.5, 3, 4);
    expect(await adapted.head(pooled, 2)).toEqual(await shipped.head(pooled, 2));
    expect(adapted.manifest).toEqual({ ...shipped.manifest, calibration: { temperature: 1.7 } });
  });

  it('borrows the network: several may be open, closing one closes nothing else, and none changes another', async () => {
    const shipped = model();
    const size = correctionSize(shipped);
    const first = correctedModel(shipped, { weights: new Float32Array(size).fill(1), temperature: 1 });
    const second = correctedModel(shipped, { weights: new Float32Array(size), temperature: 1 });
    const pooled = Float32Array.of(1, 1);
    const before = Array.from(await shipped.head(pooled, 1));
    expect(Array.from(await first.head(pooled, 1))).toEqual(before.map((logit) => logit + 3));
    expect(Array.from(await second.head(pooled, 1))).toEqual(before);
    await first.close();
    expect(shipped.closed).toBe(0);
  });

  it('of another model is refused', () => {
    expect(() => correctedModel(model(), { weights: new Float32Array(5), temperature: 1 })).toThrow(
      'Expected an adaptation with 9 weights, as test has it; found 5.',
    );
  });
});
