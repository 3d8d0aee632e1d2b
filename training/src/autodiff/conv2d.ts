/**
 * Convolution over time and frequency on `[T, B, F, C]`: time first and channels last, so that a shift in time is one
 * contiguous copy, a window over frequency is one contiguous row, and forward pass, weight gradient and input
 * gradient are each one large matrix product. (ONNX Runtime's own Conv has no gradient, and is only fast where
 * weights are constants.)
 */
import {
  frequencyWindows,
  frequencyWindowsBackward,
  type WindowLayout,
  windowLayout,
} from './frequency-windows.ts';
import type { Graph, Value } from './graph.ts';
import { rawConcat, rawGemm, rawPad, rawReshape, rawSlice, rawSplit, rawSum } from './raw.ts';
import { badShape, expectDims } from './shape.ts';

export interface ConvOptions {
  readonly strideTime: number;
  readonly strideFrequency: number;
  /** Zero frames before and after; a causal layer has `kernel - stride` before and none after. */
  readonly padTime: readonly [before: number, after: number];
  readonly padFrequency: readonly [before: number, after: number];
  /** False spares the gradient by the input, where nothing before needs it. */
  readonly inputGradient?: boolean;
  /**
   * Neighbouring output bands computed by one product with a banded kernel: more arithmetic, but wider matrices,
   * which pays where channels are few. Must divide the number of output bands.
   */
  readonly bandsPerProduct?: number;
}

/**
 * y[t, b, f, o] = bias[o] + sum over i, j, c of x[t st + i - pt, b, f sf + j - pf, c] kernel[i, j, c, o]
 * @param x `[T, B, F, C]`
 * @param kernel `[kt, kf, C, O]`
 * @param bias `[O]`
 * @returns `[T', B, F', O]`
 */
export function conv2d(g: Graph, x: Value, kernel: Value, bias: Value, options: ConvOptions): Value {
  expectDims('input', x.dims, [-1, -1, -1, -1]);
  const [frames, batch, bands, channels] = x.dims as [number, number, number, number];
  const [kt, kf] = kernel.dims as [number, number, number, number];
  const outChannels = kernel.dims[3]!;
  expectDims('kernel', kernel.dims, [-1, -1, channels, -1]);
  expectDims('bias', bias.dims, [outChannels]);
  const { strideTime, strideFrequency, padTime, padFrequency, inputGradient = true } = options;
  const group = options.bandsPerProduct ?? 1;
  const outFrames = outputLength('frames', frames, kt, strideTime, padTime);
  const outBands = outputLength('bands', bands, kf, strideFrequency, padFrequency);
  if (outBands % group !== 0) badShape(`bandsPerProduct that divides ${outBands}`, `${group}`);

  const layout = windowLayout({
    bands,
    channels,
    kernel: kf,
    stride: strideFrequency,
    padBefore: padFrequency[0],
    outBands,
    group,
  });
  const windows = frequencyWindows(g, x, layout);
  const taps = timeTaps(kt, strideTime, padTime[0]);
  const columns = gatherTaps(g, windows, taps, outFrames, strideTime);
  const wide = rawReshape(g, bandedKernel(g, kernel, layout, group), [
    kt * layout.windowSize,
    group * outChannels,
  ]);
  const wideBias = group === 1 ? bias : rawConcat(g, new Array<Value>(group).fill(bias), 0);
  const rows = outFrames * batch * layout.windows;
  const product = rawGemm(g, rawReshape(g, columns, [rows, kt * layout.windowSize]), wide, {
    bias: wideBias,
  });
  const outDims = [outFrames, batch, outBands, outChannels];

  return g.record(rawReshape(g, product, outDims), [x, kernel, bias], (dy) => {
    const dyRows = rawReshape(g, dy, [rows, group * outChannels]);
    const columnRows = rawReshape(g, columns, [rows, kt * layout.windowSize]);
    const dWide = rawGemm(g, columnRows, dyRows, { transA: true });
    const dKernel = bandedKernelBackward(g, dWide, kernel, layout, group);
    const dBias = rawSum(g, rawReshape(g, dy, [rows * group, outChannels]), [0]);
    if (!inputGradient) return [null, dKernel, dBias];
    const dyWindows = rawReshape(g, dy, [outFrames, batch, layout.windows, group * outChannels]);
    const dWindows = scatterTaps(g, dyWindows, wide, taps, frames, strideTime, layout);
    return [frequencyWindowsBackward(g, dWindows, x.dims, layout), dKernel, dBias];
  });
}

function outputLength(
  what: string,
  length: number,
  kernel: number,
  stride: number,
  pad: readonly [number, number],
): number {
  const out = Math.floor((length + pad[0] + pad[1] - kernel) / stride) + 1;
  if (out < 1) badShape(`${what} for a kernel of ${kernel}`, `${length} with padding ${pad.join(' and ')}`);
  return out;
}

/** Kernel row `tap` at output t reads frame (t + shift) stride + phase. */
interface TimeTap {
  readonly tap: number;
  readonly shift: number;
  readonly phase: number;
}

function timeTaps(kernel: number, stride: number, padBefore: number): TimeTap[] {
  return Array.from({ length: kernel }, (_, tap) => {
    const shift = Math.floor((tap - padBefore) / stride);
    return { tap, shift, phase: tap - padBefore - shift * stride };
  });
}

/** Frames of each phase apart: `stride` values `[ceil(T / stride), B, ...]`. */
function phases(g: Graph, x: Value, stride: number): Value[] {
  if (stride === 1) return [x];
  const [frames, batch, windows, size] = x.dims as [number, number, number, number];
  const blocks = Math.ceil(frames / stride);
  const whole = rawPad(g, x, [0, 0, 0, 0], [blocks * stride - frames, 0, 0, 0]);
  const merged = rawReshape(g, whole, [blocks, stride * batch, windows, size]);
  return rawSplit(g, merged, 1, new Array<number>(stride).fill(batch));
}

/** y[t] = x[t + shift], zero outside, for t in [0, length). */
function shifted(g: Graph, x: Value, shift: number, length: number): Value {
  return rawPad(g, x, [-shift, 0, 0, 0], [length + shift - x.dims[0]!, 0, 0, 0]);
}

/** `[T, B, W, L]` to `[T', B, W, kt L]`: the rows that one output needs, side by side. */
function gatherTaps(
  g: Graph,
  windows: Value,
  taps: readonly TimeTap[],
  outFrames: number,
  stride: number,
): Value {
  const byPhase = phases(g, windows, stride);
  return rawConcat(
    g,
    taps.map(({ shift, phase }) => shifted(g, byPhase[phase]!, shift, outFrames)),
    3,
  );
}

/**
 * The transpose of `gatherTaps` after the product with the transposed kernel, done the other way round: output
 * gradients (the smaller side) are shifted and put side by side, and one product per phase sums over the taps.
 */
function scatterTaps(
  g: Graph,
  dy: Value,
  wide: Value,
  taps: readonly TimeTap[],
  frames: number,
  stride: number,
  layout: WindowLayout,
): Value {
  const [, batch, windows, outSize] = dy.dims as [number, number, number, number];
  const blocks = Math.ceil(frames / stride);
  const size = layout.windowSize;
  const parts = Array.from({ length: stride }, (_, phase) => {
    const mine = taps.filter((tap) => tap.phase === phase);
    if (mine.length === 0) return g.zeros([blocks, batch, windows, size]);
    const side = rawConcat(
      g,
      mine.map((tap) => shifted(g, dy, -tap.shift, blocks)),
      3,
    );
    const kernels = mine.map(({ tap }) => rawSlice(g, wide, 0, tap * size, (tap + 1) * size));
    const rows = rawReshape(g, side, [blocks * batch * windows, mine.length * outSize]);
    const product = rawGemm(g, rows, rawConcat(g, kernels, 1), { transB: true });
    return rawReshape(g, product, [blocks, batch, windows, size]);
  });
  const merged = rawReshape(g, rawConcat(g, parts, 1), [blocks * stride, batch, windows, size]);
  return rawSlice(g, merged, 0, 0, frames);
}

/** `[kt, kf, C, O]` to `[kt, L, group O]`: copy n of the kernel stands n strides further down. */
function bandedKernel(g: Graph, kernel: Value, layout: WindowLayout, group: number): Value {
  const [kt, kf, channels, out] = kernel.dims as [number, number, number, number];
  const flat = rawReshape(g, kernel, [kt, kf * channels, out]);
  const copies = Array.from({ length: group }, (_, n) => {
    const before = n * layout.strideSize;
    return rawPad(g, flat, [0, before, 0], [0, layout.windowSize - kf * channels - before, 0]);
  });
  return rawConcat(g, copies, 2);
}

function bandedKernelBackward(
  g: Graph,
  dWide: Value,
  kernel: Value,
  layout: WindowLayout,
  group: number,
): Value {
  const [kt, kf, channels, out] = kernel.dims as [number, number, number, number];
  if (group === 1) return rawReshape(g, dWide, kernel.dims);
  const copies = rawSplit(
    g,
    rawReshape(g, dWide, [kt, layout.windowSize, group * out]),
    2,
    new Array<number>(group).fill(out),
  );
  const parts = copies.map((copy, n) => {
    const before = n * layout.strideSize;
    return rawSlice(g, copy, 1, before, before + kf * channels);
  });
  return rawReshape(g, g.emit('Sum', parts, parts[0]!.dims), kernel.dims);
}
