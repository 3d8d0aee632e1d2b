/**
 * Writes a trained network in the form that streams run: weights inside, batch and length free, everything that a
 * stream must remember in one flat state. Step t depends on frames before 4 (t + 1), so packets of any multiple of 4
 * frames give what the whole recording gives.
 */
import { encodeModel } from '../autodiff/onnx-writer.ts';
import {
  type ConvLayer,
  convLayers,
  convOutputSize,
  pitchInputs,
  type StreamingModelConfig,
  stateParts,
  stepFrames,
} from '../models/model-config.ts';
import type { ParameterLayout } from '../models/parameter-layout.ts';
import { streamingModelLayout } from '../models/streaming-model.ts';
import { channelsFirst } from './channels-first.ts';
import { OnnxBuilder } from './onnx-builder.ts';

export interface ExportedModel {
  /** `step.onnx`: `features [N, T, F]`, `state [N, S]` to `state_out`, `values`, `attention`, `speech`. */
  readonly step: Uint8Array;
  /** `head.onnx`: `pooled [N, 2K]` to `logits [N, C]`. */
  readonly head: Uint8Array;
  /** S */
  readonly stateSize: number;
  /** K */
  readonly valueSize: number;
}

/** @param parameters flat vector in the order of `streamingModelLayout` */
export function exportStreamingModel(parameters: Float32Array, config: StreamingModelConfig): ExportedModel {
  const layout = streamingModelLayout(config);
  const stateSize = stateParts(config).reduce((sum, n) => sum + n, 0);
  return {
    step: stepModel(parameters, layout, config, stateSize),
    head: headModel(parameters, layout, config),
    stateSize,
    valueSize: config.gruSize,
  };
}

function stepModel(
  parameters: Float32Array,
  layout: ParameterLayout,
  config: StreamingModelConfig,
  stateSize: number,
): Uint8Array {
  const b = new OnnxBuilder();
  const weight = (name: string, dims: readonly number[]): string =>
    b.weight(name, dims, layout.view(parameters, name));
  const parts = stateParts(config);
  const states = b.nodeMany('Split', ['state', b.integers(...parts)], parts.length, { axis: 1 });
  const recurrentState = states.at(-1)!;

  const bands = b.node('Slice', ['features', b.integers(0), b.integers(config.bands), b.integers(2)]);
  let x = b.node('Unsqueeze', [bands, b.integers(1)]);
  const newStates: string[] = [];
  for (const [i, layer] of convLayers(config).entries()) {
    const { output, history } = convolution(b, layout, parameters, layer, x, states[i]!);
    x = output;
    newStates.push(history);
  }
  const stepsFirst = b.node('Transpose', [x], { perm: [0, 2, 3, 1] });
  const rows = b.node('Reshape', [stepsFirst, b.integers(0, 0, convOutputSize(config))]);
  const dense = (input: string, name: string, inSize: number, outSize: number): string => {
    const product = b.node('MatMul', [input, weight(`${name}.weight`, [inSize, outSize])]);
    return b.node('Add', [product, weight(`${name}.bias`, [outSize])]);
  };
  const bandPart = b.node('Relu', [dense(rows, 'bands', convOutputSize(config), config.convFeatureSize)]);

  const pitchSize = stepFrames * pitchInputs;
  const pitch = b.node('Slice', [
    'features',
    b.integers(config.bands),
    b.integers(config.inputSize),
    b.integers(2),
  ]);
  const pitchRows = b.node('Reshape', [pitch, b.integers(0, -1, pitchSize)]);
  const pitchPart = b.node('Relu', [dense(pitchRows, 'pitch', pitchSize, config.pitchSize)]);

  const inputs = b.node('Concat', [bandPart, pitchPart], { axis: 2 });
  const { hidden, last } = recurrent(b, layout, parameters, config, inputs, recurrentState);
  b.node('Concat', [...newStates, last], { axis: 1 }, 'state_out');
  const attention = b.node('MatMul', [hidden, weight('attention.weight', [config.gruSize, 1])]);
  b.node('Squeeze', [attention, b.integers(2)], {}, 'attention');
  b.node('Squeeze', [dense(hidden, 'speech', config.gruSize, 1), b.integers(2)], {}, 'speech');
  return encodeModel(
    b.spec(
      'undertone_step',
      [
        { name: 'features', dims: ['N', 'T', config.inputSize] },
        { name: 'state', dims: ['N', stateSize] },
      ],
      [
        { name: 'state_out', dims: ['N', stateSize] },
        { name: 'values', dims: ['N', 'steps', config.gruSize] },
        { name: 'attention', dims: ['N', 'steps'] },
        { name: 'speech', dims: ['N', 'steps'] },
      ],
    ),
  );
}

/** The frames before the packet come from the state, the last ones of the packet go into the new state. */
function convolution(
  b: OnnxBuilder,
  layout: ParameterLayout,
  parameters: Float32Array,
  layer: ConvLayer,
  input: string,
  state: string,
): { readonly output: string; readonly history: string } {
  const { name, inChannels, outChannels, kernelTime, kernelFrequency, padFrequency } = layer;
  const past = b.node('Reshape', [state, b.integers(0, inChannels, layer.history, layer.inBands)]);
  const joined = b.node('Concat', [past, input], { axis: 2 });
  const end = 2 ** 31 - 1;
  const tail = b.node('Slice', [joined, b.integers(-layer.history), b.integers(end), b.integers(2)]);
  const kernel = b.weight(
    `${name}.kernel`,
    [outChannels, inChannels, kernelTime, kernelFrequency],
    channelsFirst(layout.view(parameters, `${name}.kernel`), inChannels, outChannels),
  );
  const bias = b.weight(`${name}.bias`, [outChannels], layout.view(parameters, `${name}.bias`));
  const sum = b.node('Conv', [joined, kernel, bias], {
    kernel_shape: [kernelTime, kernelFrequency],
    strides: [layer.strideTime, layer.strideFrequency],
    pads: [0, padFrequency, 0, padFrequency],
  });
  return { output: b.node('Relu', [sum]), history: b.node('Flatten', [tail], { axis: 1 }) };
}

function recurrent(
  b: OnnxBuilder,
  layout: ParameterLayout,
  parameters: Float32Array,
  config: StreamingModelConfig,
  inputs: string,
  state: string,
): { readonly hidden: string; readonly last: string } {
  const hidden = config.gruSize;
  const inputSize = config.convFeatureSize + config.pitchSize;
  const view = (name: string): Float32Array => layout.view(parameters, name);
  const bias = new Float32Array(6 * hidden);
  bias.set(view('gru.inputBias'));
  bias.set(view('gru.recurrentBias'), 3 * hidden);
  const weights = [
    b.weight('gru.input', [1, 3 * hidden, inputSize], transposed(view('gru.input'), inputSize)),
    b.weight('gru.recurrent', [1, 3 * hidden, hidden], transposed(view('gru.recurrent'), hidden)),
    b.weight('gru.bias', [1, 6 * hidden], bias),
  ];
  const timeFirst = b.node('Transpose', [inputs], { perm: [1, 0, 2] });
  const initial = b.node('Unsqueeze', [state, b.integers(0)]);
  const [all, last] = b.nodeMany('GRU', [timeFirst, ...weights, '', initial], 2, {
    hidden_size: hidden,
    linear_before_reset: 1,
  });
  const oneDirection = b.node('Squeeze', [all!, b.integers(1)]);
  return {
    hidden: b.node('Transpose', [oneDirection], { perm: [1, 0, 2] }, 'values'),
    last: b.node('Squeeze', [last!, b.integers(0)]),
  };
}

function headModel(
  parameters: Float32Array,
  layout: ParameterLayout,
  config: StreamingModelConfig,
): Uint8Array {
  const b = new OnnxBuilder();
  const inSize = 2 * config.gruSize;
  const weight = b.weight(
    'classes.weight',
    [inSize, config.classes],
    layout.view(parameters, 'classes.weight'),
  );
  const bias = b.weight('classes.bias', [config.classes], layout.view(parameters, 'classes.bias'));
  b.node('Gemm', ['pooled', weight, bias], {}, 'logits');
  return encodeModel(
    b.spec(
      'undertone_head',
      [{ name: 'pooled', dims: ['N', inSize] }],
      [{ name: 'logits', dims: ['N', config.classes] }],
    ),
  );
}

/** `[rows, columns]` to `[columns, rows]`. */
function transposed(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  const out = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c]!;
  }
  return out;
}
