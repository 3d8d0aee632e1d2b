import { describe, expect, it } from 'vitest';
import * as ort from '../train/onnx-runtime.ts';
import { encodeModel } from './onnx-writer.ts';

describe('encodeModel', () => {
  it('writes the bytes of the ONNX format', () => {
    const bytes = encodeModel({
      name: 'g',
      nodes: [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }],
      inputs: [{ name: 'x', dims: ['N', 2] }],
      outputs: [{ name: 'y', dims: ['N', 2] }],
      initializers: [],
    });
    // Assembled from the field numbers in onnx.proto: length-delimited fields are tag, length, body.
    const field = (number: number, ...bodies: string[]): string => {
      const body = bodies.join('');
      return Buffer.from([(number << 3) | 2, body.length / 2]).toString('hex') + body;
    };
    const text = (number: number, value: string): string => field(number, Buffer.from(value).toString('hex'));
    const shape = field(2, field(1, text(2, 'N')), field(1, '0802'));
    const value = (name: string): string => text(1, name) + field(2, field(1, '0801', shape));
    const node = field(1, text(1, 'x'), text(2, 'y'), text(4, 'Neg'));
    const graph = field(7, node, text(2, 'g'), field(11, value('x')), field(12, value('y')));
    const expected = `0808${text(2, 'undertone')}${graph}${field(8, '1011')}`;
    expect(Buffer.from(bytes).toString('hex')).toBe(expected);
  });

  it('writes weights, attributes of each type and free axes so that ONNX Runtime reads them', async () => {
    const bytes = encodeModel(
      {
        name: 'attributes',
        nodes: [
          { op: 'Mul', inputs: ['x', 'w'], outputs: ['scaled'] },
          { op: 'LeakyRelu', inputs: ['scaled'], outputs: ['bent'], attributes: { alpha: { float: 0.5 } } },
          { op: 'Transpose', inputs: ['bent'], outputs: ['turned'], attributes: { perm: [1, 0] } },
          { op: 'Softmax', inputs: ['turned'], outputs: ['y'], attributes: { axis: -1 } },
          { op: 'Gelu', inputs: ['turned'], outputs: ['z'], domain: 'com.microsoft' },
        ],
        inputs: [{ name: 'x', dims: ['N', 2] }],
        outputs: [
          { name: 'turned', dims: [2, 'N'] },
          { name: 'y', dims: [2, 'N'] },
          { name: 'z', dims: [2, 'N'] },
        ],
        initializers: [{ name: 'w', dims: [2], data: Float32Array.of(1, -2) }],
      },
      { licence: 'Apache-2.0' },
    );
    const session = await ort.InferenceSession.create(bytes);
    const out = await session.run({
      x: new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]),
    });
    expect(out.turned!.dims).toEqual([2, 3]);
    expect([...(out.turned!.data as Float32Array)]).toEqual([1, 3, 5, -2, -4, -6]);
    expect((out.y!.data as Float32Array)[0]).toBeCloseTo(Math.exp(-4) / (Math.exp(-4) + Math.exp(-2) + 1), 6);
    await session.release();
  });
});
