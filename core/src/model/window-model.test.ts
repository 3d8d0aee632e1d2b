import { beforeEach, describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import type { FramesManifest, FunctionalsManifest, WindowManifest } from './manifest.ts';
import type { OrtLike, OrtSessionLike, OrtTensorLike } from './onnx-session.ts';
import { selfTest } from './self-test.ts';
import { openWindowModel, type WindowRuntime } from './window-model.ts';

const { files: _, stateSize: __, valueSize: ___, stepFrames: ____, ...rest } = testManifest();
const windows = {
  windowFrames: 8,
  hopFrames: 4,
  files: { model: { path: 'model.onnx', sha256: '0'.repeat(64) } },
};
const frames: FramesManifest = { ...rest, ...windows, kind: 'frames' };
/** What a network takes is not checked here, so that it can be small. */
const functionals: FunctionalsManifest = { ...rest, ...windows, kind: 'functionals', inputSize: 5 };
const row = frames.inputSize + 1;

/** Stands in for ONNX Runtime: gives the first value of each window, its negative and 0; remembers its calls. */
class FirstValueRuntime {
  readonly counts: number[] = [];
  open = 0;
  outputs: readonly string[] = ['logits'];
  asProbabilities = false;

  readonly ort: OrtLike = {
    Tensor: class implements OrtTensorLike {
      readonly data: Float32Array;
      readonly dims: readonly number[];

      constructor(_type: 'float32', data: Float32Array, dims: readonly number[]) {
        this.data = data;
        this.dims = dims;
      }
    },
    InferenceSession: { create: async () => this.#session() },
  };

  #session(): OrtSessionLike {
    this.open++;
    return {
      inputNames: [this.asProbabilities ? 'functionals' : 'features'],
      outputNames: this.outputs,
      run: async (feeds) => {
        const [input] = Object.values(feeds);
        const count = input!.dims[0]!;
        const data = input!.data as Float32Array;
        const size = data.length / count;
        this.counts.push(count);
        const out = new Float32Array(3 * count);
        for (let n = 0; n < count; n++) {
          const x = data[n * size]!;
          out.set(this.asProbabilities ? [x, 1 - x, 0] : [x, -x, 0], 3 * n);
        }
        return { [this.asProbabilities ? 'probabilities' : 'logits']: { dims: [count, 3], data: out } };
      },
      release: async () => {
        this.open--;
      },
    };
  }
}

let runtime: FirstValueRuntime;
beforeEach(() => {
  runtime = new FirstValueRuntime();
});

const open = (manifest: WindowManifest): Promise<WindowRuntime> =>
  openWindowModel(runtime.ort, manifest, new Uint8Array(1));

/** Inputs of steps, whose frames all have `value` first and the speech probability last. */
function inputs(steps: readonly { value: number; speech: number }[]): Float32Array {
  const out = new Float32Array(steps.length * 4 * row);
  for (const [i, { value, speech }] of steps.entries()) {
    for (let t = 0; t < 4; t++) {
      out[(4 * i + t) * row] = value;
      out[(4 * i + t + 1) * row - 1] = speech;
    }
  }
  return out;
}

describe('a model of frames', () => {
  it('gives the logits of the window that ends with each step, and its weight', async () => {
    const model = await open(frames);
    expect(model).toMatchObject({ inputSize: row, stateSize: 4 * row, valueSize: 3, stepFrames: 4 });
    const steps = [
      { value: 1, speech: 1 },
      { value: 2, speech: 0.5 },
      { value: 3, speech: 1 },
    ];
    const state = new Float32Array(model.stateSize);
    const out = await model.step({ batch: 1, frames: 12, features: inputs(steps), state });
    // The first frame of a window is that of the step before; before the start there are zeros.
    expect([...out.values]).toEqual([0, -0, 0, 1, -1, 0, 2, -2, 0]);
    const shares = [0.5, 0.75, 0.75];
    for (const [i, share] of shares.entries()) expect(out.attention[i]).toBeCloseTo(2 * Math.log(share), 6);
    expect(out.speech[1]).toBeCloseTo(0, 6);
    expect(out.speech[0]).toBeGreaterThan(9);
    expect(state.every((x) => x === 0)).toBe(true);
  });

  it('goes on where it was, alone or with other streams', async () => {
    const model = await open(frames);
    const stream = (seed: number) =>
      Array.from({ length: 5 }, (_, i) => ({
        value: Math.sin(seed + i),
        speech: 0.5 + 0.4 * Math.cos(seed * i),
      }));
    const state = new Float32Array(model.stateSize);
    const whole = await model.step({ batch: 1, frames: 20, features: inputs(stream(1)), state });
    let both = new Float32Array(2 * model.stateSize);
    for (let i = 0; i < 5; i++) {
      const features = new Float32Array([...inputs([stream(7)[i]!]), ...inputs([stream(1)[i]!])]);
      const out = await model.step({ batch: 2, frames: 4, features, state: both });
      both = Float32Array.from(out.state);
      expect(out.values.subarray(3)).toEqual(whole.values.subarray(3 * i, 3 * i + 3));
      expect(out.attention[1]).toBe(whole.attention[i]);
    }
  });

  it('does not run the network on windows without speech', async () => {
    const model = await open(frames);
    runtime.counts.length = 0;
    const quiet = Array.from({ length: 6 }, () => ({ value: 5, speech: 0.005 }));
    const state = new Float32Array(model.stateSize);
    const out = await model.step({ batch: 1, frames: 24, features: inputs(quiet), state });
    expect(runtime.counts).toEqual([]);
    expect(new Set(out.attention)).toEqual(new Set([-30]));
    expect(out.values.every((x) => x === 0)).toBe(true);
  });

  it('gives the network at most 32 windows at a time', async () => {
    const model = await open(frames);
    runtime.counts.length = 0;
    const steps = Array.from({ length: 70 }, (_, i) => ({ value: i, speech: 1 }));
    const state = new Float32Array(model.stateSize);
    const out = await model.step({ batch: 1, frames: 280, features: inputs(steps), state });
    expect(runtime.counts).toEqual([32, 32, 6]);
    expect(out.values[3 * 69]).toBe(68);
  });

  it('hands the pooled mean through as logits', async () => {
    const model = await open(frames);
    const logits = await model.head(Float32Array.of(1, 2, 3, 9, 9, 9, 4, 5, 6, 9, 9, 9), 2);
    expect([...logits]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is refused with other outputs, and leaves no network open', async () => {
    runtime.outputs = ['scores'];
    await expect(open(frames)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: 'Expected model.onnx to have outputs logits; found scores.',
    });
    runtime.outputs = ['logits'];
    const four = { ...frames, labels: ['a', 'b', 'c', 'd'] };
    await expect(open(four)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: 'Expected output logits of float32 [2, 4]; found [2, 3].',
    });
    expect(runtime.open).toBe(0);
  });
});

describe('a model of functionals', () => {
  beforeEach(() => {
    runtime.asProbabilities = true;
    runtime.outputs = ['label', 'probabilities'];
  });

  it('pools logarithms of probabilities, none of them infinite', async () => {
    const model = await open(functionals);
    // Two values of speech and five functionals, packed over four rows.
    expect(model).toMatchObject({ inputSize: 2, stateSize: 0, stepFrames: 4, windowDims: [5] });
    const features = Float32Array.of(0.9, 0.5, 0.25, 1, 2, 3, 4, 0);
    const out = await model.step({ batch: 1, frames: 4, features, state: new Float32Array(0) });
    expect(out.values[0]).toBeCloseTo(Math.log(0.25), 6);
    expect(out.values[1]).toBeCloseTo(Math.log(0.75), 6);
    expect(out.values[2]).toBeCloseTo(Math.log(1e-6), 4);
    expect(out.attention[0]).toBeCloseTo(2 * Math.log(0.5), 6);
    expect(out.speech[0]).toBeCloseTo(Math.log(9), 4);
  });

  it('is tested by its golden windows', async () => {
    const model = await open(functionals);
    const golden = (outputs: number[], window = [0.25, 0, 0, 0, 0]) => ({
      schema: 'undertone.golden/1',
      tolerance: 1e-4,
      cases: [{ window, outputs }],
    });
    expect((await selfTest(model, golden([0.25, 0.75, 0]))).probabilities).toBeLessThan(1e-5);
    await expect(selfTest(model, golden([0.4, 0.6, 0]))).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringMatching(
        /probabilities of golden case 0 to within 0\.0001; found a difference of 0\.1[45]/,
      ),
    });
    await expect(selfTest(model, golden([Number.NaN, 0, 0]))).rejects.toMatchObject({
      code: 'model_mismatch',
    });
    await expect(selfTest(model, golden([1, 0, 0], [1, 2]))).rejects.toMatchObject({
      code: 'bad_manifest',
      message: 'Expected golden.json: case 0 to have a window of 5 values; found 2.',
    });
    await expect(selfTest(model, { ...golden([]), cases: [{ logits: [] }] })).rejects.toMatchObject({
      message: 'Expected golden.json: case 0 to have window, outputs; found logits.',
    });
  });
});
