import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { featureHash } from '../features/feature-hash.ts';
import { defaultFunctionalsConfig } from '../features/functionals/functionals-config.ts';
import { loadModel } from './load-model.ts';
import type { StreamingManifest } from './manifest.ts';
import type { OrtLike, OrtSessionLike, OrtTensorLike } from './onnx-session.ts';

const manifest = testManifest();
const { stateSize, valueSize, stepFrames, labels } = manifest;

/** Stands in for ONNX Runtime, whose sessions do not tell whether they were released. */
class CountingRuntime {
  open = 0;
  failure: Error | null = null;
  headInputs: readonly string[] = ['pooled'];

  readonly ort: OrtLike = {
    Tensor: class implements OrtTensorLike {
      readonly data: Float32Array;
      readonly dims: readonly number[];

      constructor(_type: 'float32', data: Float32Array, dims: readonly number[]) {
        this.data = data;
        this.dims = dims;
      }
    },
    InferenceSession: { create: async (bytes) => this.#session(bytes[0] === 1) },
  };

  #session(isStep: boolean): OrtSessionLike {
    this.open++;
    return {
      inputNames: isStep ? ['features', 'state'] : this.headInputs,
      outputNames: isStep ? ['state_out', 'values', 'attention', 'speech'] : ['logits'],
      run: async (feeds) => (isStep ? this.#step(feeds.features!) : this.#head(feeds.pooled!)),
      release: async () => {
        this.open--;
      },
    };
  }

  #step({ dims: [batch = 0, frames = 0] }: OrtTensorLike): Record<string, OrtTensorLike> {
    if (this.failure) throw this.failure;
    const steps = frames / stepFrames;
    return {
      state_out: zeros(batch, stateSize),
      values: zeros(batch, steps, valueSize),
      attention: zeros(batch, steps),
      speech: zeros(batch, steps),
    };
  }

  #head({ dims: [batch = 0] }: OrtTensorLike): Record<string, OrtTensorLike> {
    return { logits: zeros(batch, labels.length) };
  }
}

function zeros(...dims: number[]): OrtTensorLike {
  return { dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) };
}

async function load({ ort }: CountingRuntime, overrides: Partial<StreamingManifest> = {}) {
  const features = overrides.features ?? manifest.features;
  return loadModel({
    ort,
    manifest: { ...manifest, ...overrides, featureHash: await featureHash(features) },
    read: (path) => Uint8Array.of(path === 'step.onnx' ? 1 : 2),
    sha256: () => '0'.repeat(64),
  });
}

describe('loadModel', () => {
  it('opens two networks and releases both, once', async () => {
    const runtime = new CountingRuntime();
    const model = await load(runtime);
    expect(runtime.open).toBe(2);
    await model.close();
    await model.close();
    expect(runtime.open).toBe(0);
  });

  it('leaves no network open when the other does not fit', async () => {
    const runtime = new CountingRuntime();
    runtime.headInputs = ['other'];
    await expect(load(runtime)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: 'Expected head.onnx to have inputs pooled; found other.',
    });
    expect(runtime.open).toBe(0);
  });

  it('says why a network does not run, and leaves none open', async () => {
    const runtime = new CountingRuntime();
    runtime.failure = new Error('broken on purpose');
    await expect(load(runtime)).rejects.toMatchObject({ code: 'model_mismatch', cause: runtime.failure });
    expect(runtime.open).toBe(0);
  });

  it('refuses features that cannot be computed before any stream needs them', async () => {
    const runtime = new CountingRuntime();
    const features = { ...manifest.features, pitch: { floorHz: 400, ceilingHz: 100 } };
    await expect(load(runtime, { features })).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringContaining('got 400..100'),
    });
    expect(runtime.open).toBe(0);
  });

  it('refuses functionals that cannot be computed even of a kind that is not fed them', async () => {
    const runtime = new CountingRuntime();
    const functionals = { ...defaultFunctionalsConfig, percentiles: [0.9, 0.1] };
    await expect(load(runtime, { features: { ...manifest.features, functionals } })).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringContaining('ascending'),
    });
    expect(runtime.open).toBe(0);
  });
});
