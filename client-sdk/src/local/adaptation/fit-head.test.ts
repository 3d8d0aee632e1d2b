import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type HeadTrainer, openHeadTrainer } from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testModelFolder } from '../../../../test/support/model.ts';
import * as ort from '../node/onnx-runtime.ts';
import { fitHead, fitSettings } from './fit-head.ts';
import type { HeardClip } from './hear-clips.ts';
import { measure } from './held-out.ts';

let trainer: HeadTrainer;
const read = (name: string): Promise<Buffer> => readFile(`${testModelFolder()}/${name}`);
beforeAll(async () => {
  trainer = await openHeadTrainer({
    ort: ort as never,
    manifest: JSON.parse((await read('manifest.json')).toString()),
    read,
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  });
});
afterAll(() => trainer.close());

const noPause = async (): Promise<void> => {};
let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32 - 0.5;
}

/** A voice whose classes lie along directions of their own; the shipped head takes each for the next one. */
function voice(clipsOfClass: readonly number[], distance: number): HeardClip[] {
  const size = 2 * trainer.valueSize;
  return clipsOfClass.flatMap((count, target) =>
    Array.from({ length: count }, () => ({
      pooled: Float32Array.from(
        { length: size },
        (_, i) => 0.3 * random() + (i % clipsOfClass.length === target ? distance : 0),
      ),
      logits: Float32Array.from(clipsOfClass, (_, c) => (c === (target + 1) % clipsOfClass.length ? 1 : 0)),
      target,
    })),
  );
}

describe('fitHead', () => {
  it('learns a voice that the shipped head mistakes, and knows it from clips that were left out', async () => {
    const fitted = await fitHead(trainer, voice([4, 4, 4, 4, 4, 4], 0.2), fitSettings, noPause);
    expect(fitted.before.recall).toBe(0);
    expect(fitted.after.recall).toBeGreaterThan(0.9);
    expect(fitted.after.loss).toBeLessThan(fitted.before.loss);
    expect(fitted.isBetter).toBe(true);
    expect(fitted.weights.every(Number.isFinite)).toBe(true);
  });

  it('is not better where there is nothing to learn', async () => {
    const rows = voice([4, 4, 4, 4, 4, 4], 0);
    const right = rows.map((row) => ({
      ...row,
      logits: Float32Array.from(row.logits, (_, c) => (c === row.target ? 8 : 0)),
    }));
    const fitted = await fitHead(trainer, right, fitSettings, noPause);
    expect(fitted.isBetter).toBe(false);
    expect([fitted.before.recall, fitted.after.recall]).toEqual([1, 1]);
  });

  it('leaves classes without clips alone', async () => {
    const classes = trainer.manifest.labels.length;
    const fitted = await fitHead(trainer, voice([3, 0, 0, 3, 0, 0], 0.3), fitSettings, noPause);
    expect(fitted.steps).toBeGreaterThan(0);
    for (const [i, weight] of fitted.weights.entries()) {
      if (i % classes !== 0 && i % classes !== 3) expect(weight).toBe(0);
    }
  });

  it('gives the same weights for the same clips, and tells how far it is', async () => {
    const rows = voice([2, 2, 2, 2, 2, 2], 0.2);
    const shares: number[] = [];
    const first = await fitHead(trainer, rows, fitSettings, async (share) => void shares.push(share));
    const second = await fitHead(trainer, rows, fitSettings, noPause);
    expect(second).toEqual(first);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });

  it('stops where the pause throws', async () => {
    const stop = async (): Promise<void> => {
      throw new Error('stopped');
    };
    await expect(fitHead(trainer, voice([2, 2, 0, 0, 0, 0], 0.2), fitSettings, stop)).rejects.toThrow(
      'stopped',
    );
  });
});

describe('measure', () => {
  it('weighs every class the same, and counts a tie as wrong', () => {
    const judged = [
      { logits: [5, 0], target: 0 },
      { logits: [5, 0], target: 0 },
      { logits: [5, 0], target: 0 },
      { logits: [0, 0], target: 1 },
    ];
    const { recall, loss } = measure(judged, 1);
    expect(recall).toBe(0.5);
    expect(loss).toBeCloseTo((Math.log(1 + Math.exp(-5)) + Math.log(2)) / 2, 10);
  });
});
