import { type Manifest, type ModelRuntime, UndertoneError } from '@undertone/core';
import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../../test/support/manifest.ts';
import { Adaptation, type AdaptationReport } from './adaptation.ts';

const manifest = testManifest();
const weightCount = (2 * manifest.valueSize + 1) * manifest.labels.length;
const report: AdaptationReport = {
  clips: { calm: 2, tense: 3 },
  steps: 20,
  before: { recall: 0.4, loss: 1.5 },
  after: { recall: 0.6, loss: 1.1 },
  isApplied: true,
};
const weights = Float32Array.from({ length: weightCount }, (_, i) => Math.sin(i));
const adaptation = Adaptation.of(manifest, { weights, temperature: 1.25 }, report);

function model(of: Manifest): ModelRuntime {
  const { inputSize, stateSize, valueSize, stepFrames } = manifest;
  return {
    manifest: of,
    inputSize,
    stateSize,
    valueSize,
    stepFrames,
    step: () => Promise.reject(new Error('not asked for')),
    head: async (_pooled, batch) => new Float32Array(batch * manifest.labels.length),
    close: async () => {},
  };
}

describe('Adaptation', () => {
  it('comes back from its bytes as it was, wherever they lie', async () => {
    const bytes = adaptation.toBytes();
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const back = Adaptation.fromBytes(shifted.subarray(1));
    expect(back.toBytes()).toEqual(bytes);
    expect(back.report).toEqual(report);
    expect(back.model).toBe(`${manifest.name}@${manifest.version}`);
    const adapted = back.applyTo(model(manifest));
    expect(adapted.manifest.calibration.temperature).toBe(1.25);
    const pooled = new Float32Array(2 * manifest.valueSize);
    const bias = weights.slice(-manifest.labels.length);
    expect(await adapted.head(pooled, 1)).toEqual(bias);
  });

  it('is refused by a model with another network or another head', () => {
    for (const file of ['step', 'head'] as const) {
      const files = { ...manifest.files, [file]: { path: 'x.onnx', sha256: 'f'.repeat(64) } };
      const other = { ...manifest, version: '9.9.9', files } as Manifest;
      expect(() => adaptation.applyTo(model(other))).toThrow(
        expect.objectContaining({
          code: 'model_mismatch',
          message: expect.stringMatching(/made with, test@.*; found test@9\.9\.9 .*Adapt again/s),
        }),
      );
    }
  });

  it('is refused when anything about its bytes is not as it was written', () => {
    const bytes = adaptation.toBytes();
    const refusal = (changed: Uint8Array): unknown => {
      try {
        Adaptation.fromBytes(changed);
        return 'accepted';
      } catch (error) {
        return error instanceof UndertoneError ? error.code : error;
      }
    };
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << (at % 8);
      expect(refusal(changed), `byte ${at}`).toBe('bad_checkpoint');
    }
    for (let length = 0; length < bytes.length; length += 13) {
      expect(refusal(bytes.subarray(0, length))).toBe('bad_checkpoint');
    }
    expect(refusal(new Uint8Array(5 * 1024 * 1024))).toBe('bad_checkpoint');
  });

  it('does not let in weights that are no numbers, or a header without what was measured, under a right checksum', () => {
    const broken = (change: object, values: Float32Array = weights): Uint8Array => {
      const { temperature = 1, ...other } = change as { temperature?: number };
      return Adaptation.of(manifest, { weights: values, temperature }, { ...report, ...other }).toBytes();
    };
    for (const [bytes, told] of [
      [broken({}, weights.with(3, Number.NaN)), 'finite weights'],
      [broken({ temperature: Number.NaN }), 'temperature'],
      [broken({ temperature: 1000 }), 'temperature'],
      [broken({ before: { recall: 'high', loss: 1 } }), 'report'],
      [broken({ isApplied: 'yes' }), 'report'],
      [broken({ clips: null }), 'report'],
      [broken({}, new Float32Array(0)), 'number of weights'],
    ] as const) {
      expect(() => Adaptation.fromBytes(bytes)).toThrow(told);
    }
  });
});
