/**
 * The way back from an exported streaming model to the flat parameters that training knows: weights are found in the ONNX
 * files by their names, sizes follow from their shapes.
 */
import { UndertoneError } from '@undertone/core';
import { modelProto } from '../autodiff/onnx-schema.ts';
import { type StreamingModelConfig, stepFrames } from './model-config.ts';
import { streamingModelLayout } from './streaming-model.ts';

export interface TrainableModel {
  readonly config: StreamingModelConfig;
  /** Flat vector in the order of `streamingModelLayout`. */
  readonly parameters: Float32Array;
}

interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

interface DecodedTensor {
  readonly name: string;
  readonly dims: readonly (number | { toNumber(): number })[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
}

const float32 = 1;

/**
 * @param step bytes of `step.onnx`
 * @param head bytes of `head.onnx`
 * @param inputSize F, of the manifest
 * @throws UndertoneError `model_mismatch` for files that Undertone's training did not write, or whose weights are not float32
 */
export function readExportedModel(step: Uint8Array, head: Uint8Array, inputSize: number): TrainableModel {
  const tensors = new Map([...weightsOf(step), ...weightsOf(head)]);
  const find = (name: string): Tensor => {
    const tensor = tensors.get(name);
    if (!tensor) {
      throw new UndertoneError(
        'model_mismatch',
        `Expected float32 weights "${name}" in a streaming model of undertone-train; found none. A quantised model cannot be trained further: take the one that it was made from.`,
      );
    }
    return tensor;
  };
  const config = configOf(tensors, find, inputSize);
  const layout = streamingModelLayout(config);
  const parameters = new Float32Array(layout.size);
  for (const { name, dims } of layout.specs) {
    const values = inTrainingOrder(name, find);
    const into = layout.view(parameters, name);
    if (values.length !== into.length) {
      throw new UndertoneError(
        'model_mismatch',
        `Expected weights "${name}" [${dims.join(', ')}]; found ${values.length} numbers.`,
      );
    }
    into.set(values);
  }
  return { config, parameters };
}

function configOf(
  tensors: ReadonlyMap<string, Tensor>,
  find: (name: string) => Tensor,
  inputSize: number,
): StreamingModelConfig {
  const channels: number[] = [];
  while (channels.length === 0 || tensors.has(`conv${channels.length + 1}.kernel`)) {
    channels.push(find(`conv${channels.length + 1}.kernel`).dims[0]!);
  }
  const pitch = find('pitch.weight').dims;
  return {
    inputSize,
    bands: inputSize - pitch[0]! / stepFrames,
    channels,
    convFeatureSize: find('bands.weight').dims[1]!,
    pitchSize: pitch[1]!,
    gruSize: find('attention.weight').dims[0]!,
    classes: find('classes.bias').dims[0]!,
    dropout: 0,
  };
}

/** Undoes what the export did to the order of the numbers. */
function inTrainingOrder(name: string, find: (name: string) => Tensor): Float32Array {
  if (/^conv\d+\.kernel$/.test(name)) return channelsLast(find(name));
  if (name === 'gru.inputBias' || name === 'gru.recurrentBias') {
    const { data } = find('gru.bias');
    const half = data.length / 2;
    return name === 'gru.inputBias' ? data.subarray(0, half) : data.subarray(half);
  }
  if (name === 'gru.input' || name === 'gru.recurrent') {
    const { dims, data } = find(name);
    return transposed(data, dims[1]!, dims[2]!);
  }
  return find(name).data;
}

/** `[rows, columns]` to `[columns, rows]`. */
function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c]!;
  }
  return out;
}

/** Kernel `[out, in, time, frequency]` to `[time, frequency, in, out]`. */
function channelsLast({ dims, data }: Tensor): Float32Array {
  const outAndIn = dims[0]! * dims[1]!;
  const byTap = transposed(data, outAndIn, data.length / outAndIn);
  const out = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += outAndIn) {
    out.set(transposed(byTap.subarray(at, at + outAndIn), dims[0]!, dims[1]!), at);
  }
  return out;
}

function weightsOf(onnx: Uint8Array): Map<string, Tensor> {
  let decoded: { graph?: { initializer?: readonly DecodedTensor[] } };
  try {
    decoded = modelProto.decode(onnx) as typeof decoded;
  } catch (cause) {
    throw new UndertoneError('model_mismatch', 'Expected an ONNX file; found bytes that are none.', {
      cause,
    });
  }
  const floats = (decoded.graph?.initializer ?? []).filter(({ dataType }) => dataType === float32);
  return new Map(
    floats.map(({ name, dims, rawData }) => [
      name,
      {
        dims: dims.map((dim) => (typeof dim === 'number' ? dim : dim.toNumber())),
        data: new Float32Array(Uint8Array.from(rawData).buffer),
      },
    ]),
  );
}
