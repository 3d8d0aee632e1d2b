/**
 * Writes the network that fits a head to a voice, from the same autodiff that trains models: what is learned is a correction
 * of the shipped head's logits, so the file holds no weights and fits every model of its sizes, rounded ones too.
 */
import { add } from '../autodiff/arithmetic.ts';
import { Graph, type Value } from '../autodiff/graph.ts';
import { linear } from '../autodiff/linear.ts';
import { crossEntropy } from '../autodiff/losses.ts';
import { encodeModel, type GraphSpec } from '../autodiff/onnx-writer.ts';
import { rawAdd, rawMultiply, rawSubtract } from '../autodiff/raw.ts';
import { badShape } from '../autodiff/shape.ts';
import { ParameterLayout } from '../models/parameter-layout.ts';

/** Stands for the number of clips, which is free in the file: no other size may be equal to it. */
const someRows = 7919;

/**
 * Inputs: `pooled [N, 2K]`, `logits [N, C]` of the shipped head, `targets [N, C]`, `weights [(2K + 1) C]`, `velocity` of that
 * size, and the scalars `rate`, `momentum` and `decay`. Outputs: `weights_out`, `velocity_out`, and `loss`, the cross-entropy
 * before the step, summed over clips.
 * @param valueSize K
 */
export function exportAdaptation(valueSize: number, classes: number): Uint8Array {
  const layout = new ParameterLayout([
    { name: 'weight', dims: [2 * valueSize, classes], kind: 'weight' },
    { name: 'bias', dims: [classes], kind: 'bias' },
  ]);
  const g = new Graph();
  const pooled = g.input('pooled', [someRows, 2 * valueSize]);
  const shipped = g.input('logits', [someRows, classes]);
  const targets = g.input('targets', [someRows, classes]);
  const weights = g.input('weights', [layout.size]);
  const velocity = g.input('velocity', [layout.size]);
  const [rate, momentum, decay] = ['rate', 'momentum', 'decay'].map((name) => g.input(name, [])) as [
    Value,
    Value,
    Value,
  ];

  const parameters = layout.split(g, weights);
  const logits = add(g, shipped, linear(g, pooled, parameters.get('weight'), parameters.get('bias')));
  const loss = crossEntropy(g, logits, targets);
  const gradient = layout.gradient(g, loss, parameters);
  const pull = rawAdd(g, gradient, rawMultiply(g, weights, decay));
  const newVelocity = rawAdd(g, rawMultiply(g, velocity, momentum), pull);
  const newWeights = rawSubtract(g, weights, rawMultiply(g, newVelocity, rate));
  const spec = g.spec('undertone_adapt', { weights_out: newWeights, velocity_out: newVelocity, loss });
  return encodeModel(withFreeRows(spec));
}

/** Nothing in the nodes depends on the number of rows; the shapes of the inputs alone name it. */
function withFreeRows(spec: GraphSpec): GraphSpec {
  for (const { dims, data } of spec.initializers) {
    if ([...dims, ...data].some((value) => Number(value) === someRows)) {
      badShape('a network whose number of clips is free', `${someRows} written in it`);
    }
  }
  return {
    ...spec,
    inputs: spec.inputs.map(({ name, dims }) => ({
      name,
      dims: dims.map((size) => (size === someRows ? 'N' : size)),
    })),
  };
}
