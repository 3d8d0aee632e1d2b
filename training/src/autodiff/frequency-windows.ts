/**
 * Overlapping windows over (frequency, channel) of `[T, B, F, C]`. The axis is cut into blocks of one window step;
 * a window is then its own block and parts of the neighbours, put side by side.
 */
import type { Graph, Value } from './graph.ts';
import { rawConcat, rawPad, rawReshape, rawSplit } from './raw.ts';
import type { Dims } from './shape.ts';

export interface WindowOptions {
  readonly bands: number;
  readonly channels: number;
  /** Taps of the kernel, its stride and its zero bands in front. */
  readonly kernel: number;
  readonly stride: number;
  readonly padBefore: number;
  readonly outBands: number;
  /** Output bands that share a window. */
  readonly group: number;
}

/** Part of a window: elements [from, to) of the block `offset` further on. */
interface WindowPart {
  readonly offset: number;
  readonly from: number;
  readonly to: number;
}

export interface WindowLayout {
  readonly windows: number;
  /** L: elements of a window. */
  readonly windowSize: number;
  /** Elements between kernels of neighbouring output bands. */
  readonly strideSize: number;
  /** Elements of a block: the step from window to window. */
  readonly blockSize: number;
  /** Blocks of the input, the last filled up with zeros. */
  readonly blocks: number;
  readonly parts: readonly WindowPart[];
}

export function windowLayout(o: WindowOptions): WindowLayout {
  const strideSize = o.stride * o.channels;
  const blockSize = strideSize * o.group;
  const windowSize = (o.group - 1) * strideSize + o.kernel * o.channels;
  const start = -o.padBefore * o.channels;
  const end = start + windowSize;
  const parts: WindowPart[] = [];
  for (let offset = Math.floor(start / blockSize); offset * blockSize < end; offset++) {
    const from = Math.max(0, start - offset * blockSize);
    const to = Math.min(blockSize, end - offset * blockSize);
    parts.push({ offset, from, to });
  }
  const blocks = Math.ceil((o.bands * o.channels) / blockSize);
  return { windows: o.outBands / o.group, windowSize, strideSize, blockSize, blocks, parts };
}

/** `[T, B, F, C]` to `[T, B, windows, L]`. */
export function frequencyWindows(g: Graph, x: Value, layout: WindowLayout): Value {
  const [frames, batch, bands, channels] = x.dims as [number, number, number, number];
  const rows = frames * batch;
  const flat = rawReshape(g, x, [rows, bands * channels]);
  const filled = rawPad(g, flat, [0, 0], [0, layout.blocks * layout.blockSize - bands * channels]);
  const blocks = rawReshape(g, filled, [rows, layout.blocks, layout.blockSize]);
  const parts = layout.parts.map(({ offset, from, to }) =>
    rawPad(
      g,
      blocks,
      [0, -offset, -from],
      [0, layout.windows + offset - layout.blocks, to - layout.blockSize],
    ),
  );
  return rawReshape(g, rawConcat(g, parts, 2), [frames, batch, layout.windows, layout.windowSize]);
}

/** The transpose: each element of the input gets the sum over the windows that hold it. */
export function frequencyWindowsBackward(g: Graph, dWindows: Value, dims: Dims, layout: WindowLayout): Value {
  const [frames, batch, bands, channels] = dims as [number, number, number, number];
  const rows = frames * batch;
  const flat = rawReshape(g, dWindows, [rows, layout.windows, layout.windowSize]);
  const lengths = layout.parts.map(({ from, to }) => to - from);
  const pieces = rawSplit(g, flat, 2, lengths).map((piece, i) => {
    const { offset, from, to } = layout.parts[i]!;
    return rawPad(
      g,
      piece,
      [0, offset, from],
      [0, layout.blocks - layout.windows - offset, layout.blockSize - to],
    );
  });
  const sum = pieces.length === 1 ? pieces[0]! : g.emit('Sum', pieces, pieces[0]!.dims);
  const filled = rawReshape(g, sum, [rows, layout.blocks * layout.blockSize]);
  const cut = rawPad(g, filled, [0, 0], [0, bands * channels - layout.blocks * layout.blockSize]);
  return rawReshape(g, cut, dims);
}
