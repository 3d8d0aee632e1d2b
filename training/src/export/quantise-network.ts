/**
 * Stores the weights of a network as 8-bit integers, each output channel with its own scale (symmetric, per channel:
 * Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference"). A Cast and a Mul in front of each
 * weight make floats of them; every ONNX Runtime folds the two away when it loads the file, so that the network runs as
 * fast as before. DequantizeLinear would be kept, and computed again in every call.
 */
import { modelProto } from '../autodiff/onnx-schema.ts';

export interface QuantisedWeight {
  readonly name: string;
  readonly dims: readonly number[];
  /** Greatest change of a value, in the unit of the weight. */
  readonly largestError: number;
}

export interface QuantisedNetwork {
  readonly bytes: Uint8Array;
  /** The same network with the rounded weights written out as floats: what `bytes` must compute. */
  readonly reference: Uint8Array;
  readonly weights: readonly QuantisedWeight[];
}

interface Tensor {
  name: string;
  dims: number[];
  dataType: number;
  rawData: Uint8Array;
}
interface Node {
  input: string[];
  output: string[];
  opType: string;
  attribute: { name: string; i?: number; type: number }[];
}
interface Model {
  graph: { node: Node[]; initializer: Tensor[] };
}

/** TensorProto.DataType and AttributeProto.AttributeType. */
const floatType = 1;
const int8Type = 3;
const intAttribute = 2;
/** Smaller tensors (biases, scales) win nothing and lose precision. */
const fewestValues = 256;
const largestInteger = 127;

export function quantiseNetwork(bytes: Uint8Array): QuantisedNetwork {
  const quantised = decode(bytes);
  const reference = decode(bytes);
  const weights: QuantisedWeight[] = [];
  const added: Node[] = [];
  for (const tensor of [...quantised.graph.initializer]) {
    const axis = channelAxis(tensor, quantised.graph.node);
    if (axis === null) continue;
    const { integers, scales, largestError } = roundToIntegers(tensor, axis);
    const { name, dims } = tensor;
    weights.push({ name, dims, largestError });
    const written = reference.graph.initializer.find((other) => other.name === name)!;
    written.rawData = bytesOf(floatsAgain(integers, scales, dims, axis));
    const int8: Tensor = { name: `${name}/int8`, dims, dataType: int8Type, rawData: bytesOf(integers) };
    const scaleDims = dims.map((size, i) => (i === axis ? size : 1));
    const scale: Tensor = {
      name: `${name}/scale`,
      dims: scaleDims,
      dataType: floatType,
      rawData: bytesOf(scales),
    };
    quantised.graph.initializer = quantised.graph.initializer.filter((other) => other.name !== name);
    quantised.graph.initializer.push(int8, scale);
    added.push(
      {
        opType: 'Cast',
        input: [int8.name],
        output: [`${name}/cast`],
        attribute: [{ name: 'to', i: floatType, type: intAttribute }],
      },
      { opType: 'Mul', input: [`${name}/cast`, scale.name], output: [name], attribute: [] },
    );
  }
  quantised.graph.node.unshift(...added);
  return { bytes: encode(quantised), reference: encode(reference), weights };
}

/** The axis whose entries make different outputs, or null for a tensor that stays as it is. */
function channelAxis({ name, dims, dataType, rawData }: Tensor, nodes: readonly Node[]): number | null {
  if (dataType !== floatType || rawData.length < 4 * fewestValues) return null;
  const uses = nodes.flatMap((node) =>
    node.input.flatMap((input, index) => (input === name ? [{ node, index }] : [])),
  );
  const axes = uses.map(({ node, index }) => axisOf(node, index, dims.length));
  const [axis = null] = axes;
  return axes.every((other) => other === axis) ? axis : null;
}

function axisOf({ opType, attribute }: Node, index: number, rank: number): number | null {
  if (opType === 'GRU') return index === 1 || index === 2 ? 1 : null;
  if (index !== 1) return null;
  if (opType === 'Conv') return 0;
  if (opType === 'MatMul') return rank - 1;
  if (opType !== 'Gemm') return null;
  return Number(attribute.find(({ name }) => name === 'transB')?.i ?? 0) === 1 ? 0 : 1;
}

interface Rounded {
  readonly integers: Int8Array;
  readonly scales: Float32Array;
  readonly largestError: number;
}

function roundToIntegers({ rawData, dims }: Tensor, axis: number): Rounded {
  const values = new Float32Array(new Uint8Array(rawData).buffer);
  const channel = channelOf(dims, axis);
  const scales = new Float32Array(dims[axis]!);
  for (const [i, value] of values.entries()) {
    const c = channel(i);
    scales[c] = Math.max(scales[c]!, Math.abs(value) / largestInteger);
  }
  let largestError = 0;
  const integers = Int8Array.from(values, (value, i) => {
    const scale = scales[channel(i)]!;
    const integer = scale > 0 ? Math.round(value / scale) : 0;
    const rounded = Math.max(-largestInteger, Math.min(largestInteger, integer));
    largestError = Math.max(largestError, Math.abs(rounded * scale - value));
    return rounded;
  });
  return { integers, scales, largestError };
}

function floatsAgain(
  integers: Int8Array,
  scales: Float32Array,
  dims: readonly number[],
  axis: number,
): Float32Array {
  const channel = channelOf(dims, axis);
  return Float32Array.from(integers, (integer, i) => integer * scales[channel(i)]!);
}

/** Position along `axis` of the value at a flat index. */
function channelOf(dims: readonly number[], axis: number): (index: number) => number {
  const inner = dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const size = dims[axis]!;
  return (index) => Math.floor(index / inner) % size;
}

function decode(bytes: Uint8Array): Model {
  return modelProto.toObject(modelProto.decode(bytes), {
    longs: Number,
    arrays: true,
    objects: false,
  }) as Model;
}

function encode(model: Model): Uint8Array {
  return modelProto.encode(modelProto.fromObject(model)).finish();
}

function bytesOf(values: Int8Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}
