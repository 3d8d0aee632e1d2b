import { describe, expect, it } from 'vitest';
import { modelProto } from '../autodiff/onnx-schema.ts';
import { encodeModel } from '../autodiff/onnx-writer.ts';
import { Random } from '../data/random.ts';
import { OnnxBuilder } from './onnx-builder.ts';
import { quantiseNetwork } from './quantise-network.ts';
import { type NamedRuntime, nodeRuntime, webRuntime } from './runtimes.ts';

const random = new Random('quantise');
const drawn = (length: number, scale = 1): Float32Array =>
  Float32Array.from({ length }, () => scale * random.normal());

/** `[1, 24]` in, through a MatMul and a Gemm, `[1, 16]` out. */
function network(first: Float32Array, second: Float32Array): Uint8Array {
  const b = new OnnxBuilder();
  const hidden = b.node('MatMul', ['x', b.weight('first', [24, 32], first)]);
  const bias = b.weight('bias', [16], drawn(16));
  b.node('Gemm', [hidden, b.weight('second', [16, 32], second), bias], { transB: 1 }, 'y');
  return encodeModel(b.spec('test', [{ name: 'x', dims: [1, 24] }], [{ name: 'y', dims: [1, 16] }]));
}

async function run({ ort }: NamedRuntime, bytes: Uint8Array, x: Float32Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
  try {
    return (await session.run({ x: new ort.Tensor('float32', x, [1, x.length]) })).y!.data as Float32Array;
  } finally {
    await session.release();
  }
}

describe('quantiseNetwork', () => {
  it('makes a file a quarter as large that computes what its rounded weights say, in both runtimes', async () => {
    const bytes = network(drawn(24 * 32), drawn(16 * 32));
    const quantised = quantiseNetwork(bytes);
    expect(quantised.weights.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(quantised.bytes.length).toBeLessThan(0.5 * bytes.length);
    const x = drawn(24);
    for (const runtime of [await nodeRuntime(), await webRuntime()]) {
      const expected = await run(runtime, quantised.reference, x);
      const found = await run(runtime, quantised.bytes, x);
      for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
      const before = await run(runtime, bytes, x);
      const errors = found.map((value, i) => value - before[i]!);
      const rms = (values: Float32Array): number =>
        Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
      expect(rms(errors)).toBeGreaterThan(0);
      expect(rms(errors)).toBeLessThan(0.02 * rms(before));
    }
  });

  it('does not let a channel of large weights spoil the others', () => {
    const first = drawn(24 * 32, 0.01);
    // Column 5 of [in, out]; row 5 of [out, in].
    for (let row = 0; row < 24; row++) first[row * 32 + 5] = 100;
    const second = drawn(16 * 32, 0.01);
    second.fill(100, 5 * 32, 6 * 32);
    const { reference } = quantiseNetwork(network(first, second));
    for (const [name, before] of Object.entries({ first, second })) {
      const after = weight(reference, name);
      for (const [i, value] of before.entries()) {
        expect(Math.abs(after[i]! - value)).toBeLessThanOrEqual(value === 100 ? 1e-4 : 0.05 / 127);
      }
    }
  });

  it('leaves small tensors as they are', () => {
    const b = new OnnxBuilder();
    b.node('MatMul', ['x', b.weight('w', [4, 4], drawn(16))], {}, 'y');
    const bytes = encodeModel(b.spec('t', [{ name: 'x', dims: [1, 4] }], [{ name: 'y', dims: [1, 4] }]));
    const quantised = quantiseNetwork(bytes);
    expect(quantised.weights).toEqual([]);
    expect(quantised.bytes).toEqual(bytes);
  });
});

/** Floats of an initialiser of a file. */
function weight(bytes: Uint8Array, name: string): Float32Array {
  const { graph } = modelProto.toObject(modelProto.decode(bytes)) as {
    graph: { initializer: { name: string; rawData: Uint8Array }[] };
  };
  const { rawData } = graph.initializer.find((tensor) => tensor.name === name)!;
  return new Float32Array(new Uint8Array(rawData).buffer);
}
