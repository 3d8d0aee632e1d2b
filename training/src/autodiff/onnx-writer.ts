/** Writes ONNX models: a small description of a graph in, the bytes of an `.onnx` file out. */
import { modelProto } from './onnx-schema.ts';

/** A float is told from an integer by its wrapper, because ONNX distinguishes them and JavaScript does not. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: ArrayLike<number> }
  | { readonly strings: readonly string[] }
  | { readonly graph: GraphSpec };

export interface NodeSpec {
  readonly op: string;
  /** Names of values; an empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>> | undefined;
  /** Operator set; the standard one if absent. */
  readonly domain?: string | undefined;
}

export interface TensorSpec {
  readonly name: string;
  readonly dims: readonly number[];
  /** float32, or int64. */
  readonly data: Float32Array | BigInt64Array;
}

export interface ValueSpec {
  readonly name: string;
  /** A string names an axis of any length. */
  readonly dims: readonly (number | string)[];
  /** float32 if absent. */
  readonly type?: 'float' | 'int64';
}

export interface GraphSpec {
  readonly name: string;
  readonly nodes: readonly NodeSpec[];
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  readonly initializers: readonly TensorSpec[];
}

/** Versions of operator sets beside the standard one. */
const otherDomains: Readonly<Record<string, number>> = { 'com.microsoft': 1, 'ai.onnx.ml': 3 };
/** Operator set 17 with IR version 8: read by every ONNX Runtime since 1.12. */
const opsetVersion = 17;
const irVersion = 8;
/** TensorProto.DataType. */
const floatType = 1;
const int64Type = 7;
/** AttributeProto.AttributeType. */
const attributeType = { float: 1, int: 2, string: 3, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

/** @param metadata free text pairs that viewers of the file show */
export function encodeModel(graph: GraphSpec, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const used = Object.keys(otherDomains).filter((domain) => graph.nodes.some((n) => n.domain === domain));
  const message = modelProto.create({
    irVersion,
    producerName: 'undertone',
    graph: graphMessage(graph),
    opsetImport: [
      { domain: '', version: opsetVersion },
      ...used.map((domain) => ({ domain, version: otherDomains[domain] })),
    ],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  return modelProto.encode(message).finish();
}

function graphMessage(graph: GraphSpec): object {
  return {
    name: graph.name,
    node: graph.nodes.map((node) => ({
      input: node.inputs,
      output: node.outputs,
      opType: node.op,
      domain: node.domain ?? '',
      attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => attributeMessage(name, value)),
    })),
    initializer: graph.initializers.map(tensorMessage),
    input: graph.inputs.map(valueMessage),
    output: graph.outputs.map(valueMessage),
  };
}

function attributeMessage(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, i: value, type: attributeType.int };
  if (typeof value === 'string') {
    return { name, s: new TextEncoder().encode(value), type: attributeType.string };
  }
  if (isList(value)) return { name, ints: value, type: attributeType.ints };
  if ('floats' in value) return { name, floats: value.floats, type: attributeType.floats };
  if ('strings' in value) {
    const strings = value.strings.map((text) => new TextEncoder().encode(text));
    return { name, strings, type: attributeType.strings };
  }
  if ('float' in value) return { name, f: value.float, type: attributeType.float };
  return { name, g: graphMessage(value.graph), type: attributeType.graph };
}

function isList(value: object): value is readonly number[] {
  return Array.isArray(value);
}

function tensorMessage(tensor: TensorSpec): object {
  const { data } = tensor;
  return {
    name: tensor.name,
    dims: tensor.dims,
    dataType: data instanceof Float32Array ? floatType : int64Type,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function valueMessage(value: ValueSpec): object {
  const dim = value.dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  const elemType = value.type === 'int64' ? int64Type : floatType;
  return { name: value.name, type: { tensorType: { elemType, shape: { dim } } } };
}
