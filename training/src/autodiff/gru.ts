/**
 * Gated recurrent unit (Cho et al. 2014) in the variant of ONNX's `linear_before_reset = 1`, with gates in ONNX
 * order z, r, n:
 *
 *     z = sigmoid(x Wz + bz + h Rz + cz)      r = sigmoid(x Wr + br + h Rr + cr)
 *     n = tanh(x Wn + bn + r (h Rn + cn))     h' = n + z (h - n)
 *
 * Both directions run in a `Scan`. Only hidden states are kept: the backward pass recomputes all gates in one batched
 * product and turns them into coefficients, so that its sequential part is a few small nodes per step.
 */
import type { Graph, Value } from './graph.ts';
import {
  rawAdd,
  rawConcat,
  rawGemm,
  rawMultiply,
  rawPad,
  rawReshape,
  rawSplitEqually,
  rawSubtract,
  rawSum,
} from './raw.ts';
import { expectDims } from './shape.ts';

export interface GruParameters {
  /** `[in, 3H]` */
  readonly input: Value;
  /** `[H, 3H]` */
  readonly recurrent: Value;
  /** `[3H]` each: added to the input's and to the state's part. */
  readonly inputBias: Value;
  readonly recurrentBias: Value;
}

/**
 * @param x `[T, B, in]`; the state before the first step is zero
 * @returns `[T, B, H]`, the state after each step
 */
export function gru(g: Graph, x: Value, p: GruParameters): Value {
  const [steps, batch, inputSize] = x.dims as [number, number, number];
  const hidden = p.recurrent.dims[0]!;
  expectDims('input weights', p.input.dims, [inputSize, 3 * hidden]);
  expectDims('recurrent weights', p.recurrent.dims, [hidden, 3 * hidden]);
  expectDims('input bias', p.inputBias.dims, [3 * hidden]);
  expectDims('recurrent bias', p.recurrentBias.dims, [3 * hidden]);
  const rows = rawReshape(g, x, [steps * batch, inputSize]);
  const projected = rawGemm(g, rows, p.input, { bias: p.inputBias });
  const y = scanForward(g, rawReshape(g, projected, [steps, batch, 3 * hidden]), p);
  return g.record(y, [x, p.input, p.recurrent, p.inputBias, p.recurrentBias], (dy) => {
    const before = rawReshape(g, rawPad(g, y, [1, 0, 0], [-1, 0, 0]), [steps * batch, hidden]);
    const c = coefficients(g, projected, before, p);
    const { dh, dState } = scanBackward(g, dy, c, p);
    // The input's part differs from the state's in the candidate only: there the reset gate does not scale it.
    const [dz, dr] = rawSplitEqually(g, dState, 1, 3);
    const dInput = rawConcat(g, [dz!, dr!, rawMultiply(g, dh, c.candidate)], 1);
    return [
      rawReshape(g, rawGemm(g, dInput, p.input, { transB: true }), x.dims),
      rawGemm(g, rows, dInput, { transA: true }),
      rawGemm(g, before, dState, { transA: true }),
      rawSum(g, dInput, [0]),
      rawSum(g, dState, [0]),
    ];
  });
}

interface Gates {
  readonly z: Value;
  readonly r: Value;
  readonly n: Value;
  /** The state's part of the candidate, before the reset gate. */
  readonly stateCandidate: Value;
}

function gates(g: Graph, inputPart: Value, statePart: Value): Gates {
  const [xz, xr, xn] = rawSplitEqually(g, inputPart, 1, 3) as [Value, Value, Value];
  const [hz, hr, hn] = rawSplitEqually(g, statePart, 1, 3) as [Value, Value, Value];
  const z = g.emit('Sigmoid', [rawAdd(g, xz, hz)], hz.dims);
  const r = g.emit('Sigmoid', [rawAdd(g, xr, hr)], hr.dims);
  const n = g.emit('Tanh', [rawAdd(g, xn, rawMultiply(g, r, hn))], hn.dims);
  return { z, r, n, stateCandidate: hn };
}

function scanForward(g: Graph, projected: Value, p: GruParameters): Value {
  const [steps, batch] = projected.dims as [number, number, number];
  const hidden = p.recurrent.dims[0]!;
  const body = g.body();
  const h = body.anonymousInput([batch, hidden]);
  const inputPart = body.anonymousInput([batch, 3 * hidden]);
  const statePart = rawGemm(body, h, p.recurrent, { bias: p.recurrentBias });
  const { z, n } = gates(body, inputPart, statePart);
  const next = rawAdd(body, n, rawMultiply(body, z, rawSubtract(body, h, n)));
  // An output of a loop's body may be named once only.
  const copy = body.emit('Identity', [next], next.dims);
  const [, y] = g.emitMany(
    'Scan',
    [g.zeros([batch, hidden]), projected],
    [
      [batch, hidden],
      [steps, batch, hidden],
    ],
    { num_scan_inputs: 1, body: { graph: body.bodySpec('gru_forward', [next, copy]) } },
  );
  return y!;
}

/** Derivatives that do not depend on the gradient, all steps at once, `[T B, ...]`. */
interface Coefficients {
  readonly z: Value;
  /** d n-preactivation / d h' = (1 - z)(1 - n^2). */
  readonly candidate: Value;
  /** d (state's part of z, r, n) / d h', side by side. */
  readonly state: Value;
}

function coefficients(g: Graph, projected: Value, before: Value, p: GruParameters): Coefficients {
  const statePart = rawGemm(g, before, p.recurrent, { bias: p.recurrentBias });
  const { z, r, n, stateCandidate } = gates(g, projected, statePart);
  const one = g.scalar(1);
  const notZ = rawSubtract(g, one, z);
  const candidate = rawMultiply(g, notZ, rawSubtract(g, one, rawMultiply(g, n, n)));
  const byZ = rawMultiply(g, rawSubtract(g, before, n), rawMultiply(g, z, notZ));
  const resetSlope = rawMultiply(g, r, rawSubtract(g, one, r));
  const byR = rawMultiply(g, rawMultiply(g, candidate, stateCandidate), resetSlope);
  return { z, candidate, state: rawConcat(g, [byZ, byR, rawMultiply(g, candidate, r)], 1) };
}

/** Runs from the last step to the first; `dh` `[T B, H]` is by the new state, `dState` `[T B, 3H]` by the state's part. */
function scanBackward(
  g: Graph,
  dy: Value,
  c: Coefficients,
  p: GruParameters,
): { readonly dh: Value; readonly dState: Value } {
  const [steps, batch, hidden] = dy.dims as [number, number, number];
  const body = g.body();
  const carried = body.anonymousInput([batch, hidden]);
  const dyStep = body.anonymousInput([batch, hidden]);
  const stateStep = body.anonymousInput([batch, 3 * hidden]);
  const zStep = body.anonymousInput([batch, hidden]);
  const dhStep = rawAdd(body, carried, dyStep);
  const dStateStep = rawMultiply(body, rawConcat(body, [dhStep, dhStep, dhStep], 1), stateStep);
  const kept = rawMultiply(body, dhStep, zStep);
  const next = rawGemm(body, dStateStep, p.recurrent, { transB: true, bias: kept });
  const [, dh, dState] = g.emitMany(
    'Scan',
    [
      g.zeros([batch, hidden]),
      dy,
      rawReshape(g, c.state, [steps, batch, 3 * hidden]),
      rawReshape(g, c.z, [steps, batch, hidden]),
    ],
    [[batch, hidden], dy.dims, [steps, batch, 3 * hidden]],
    {
      num_scan_inputs: 3,
      scan_input_directions: [1, 1, 1],
      scan_output_directions: [1, 1],
      body: { graph: body.bodySpec('gru_backward', [next, dhStep, dStateStep]) },
    },
  );
  return {
    dh: rawReshape(g, dh!, [steps * batch, hidden]),
    dState: rawReshape(g, dState!, [steps * batch, 3 * hidden]),
  };
}
