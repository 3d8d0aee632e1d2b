// @ts-nocheck: AssemblyScript
// From one hop of samples to one block of the signal in which pitch is sought: low-passed, at a quarter of the rate, and
// high-passed twice.
import { BLOCK, highPassState, HISTORY, lowPassTable, pitchConstants, pitchState } from './layout';

/** HISTORY decimated samples, then the current block. */
export const signal: usize = memory.data(704, 16);
/** Start of the current block. */
export const block: usize = signal + 544;

// @ts-ignore: decorator
@inline
function tap(sum: v128, at: usize, i: i32): v128 {
  return f32x4.add(sum, f32x4.mul(v128.load(lowPassTable + i * 16), v128.load(at + i * 16)));
}

/** The four partial sums of one output; taps come in groups of 4, of which each decimated sample moves one. */
// @ts-ignore: decorator
@inline
function lowPass(at: usize): v128 {
  let sum = f32x4.mul(v128.load(lowPassTable), v128.load(at));
  sum = tap(sum, at, 1);
  sum = tap(sum, at, 2);
  sum = tap(sum, at, 3);
  sum = tap(sum, at, 4);
  sum = tap(sum, at, 5);
  sum = tap(sum, at, 6);
  return tap(sum, at, 7);
}

/**
 * y[n] = x[n] - x[n - 1] + p y[n - 1] for four samples: prefix sums with powers of p inside the vector, then the
 * carry from the last one. Values below 1e-12 become 0, so that silence never decays into slow denormal numbers.
 */
// @ts-ignore: decorator
@inline
function highPass(x: v128, lastX: v128, lastY: v128, p: v128, p2: v128, powers: v128): v128 {
  const zero = f32x4.splat(0);
  let y = f32x4.sub(x, v128.shuffle<f32>(lastX, x, 3, 4, 5, 6));
  y = f32x4.add(y, f32x4.mul(p, v128.shuffle<f32>(zero, y, 3, 4, 5, 6)));
  y = f32x4.add(y, f32x4.mul(p2, v128.shuffle<f32>(zero, y, 2, 3, 4, 5)));
  y = f32x4.add(y, f32x4.mul(powers, v128.shuffle<f32>(lastY, lastY, 3, 3, 3, 3)));
  return v128.and(y, f32x4.ge(f32x4.abs(y), f32x4.splat(1e-12)));
}

/** Fills `signal` from the state and the hop of samples at `at`. The first hop of a stream sets the filter up. */
export function decimate(at: usize, isFirst: bool): void {
  memory.copy(signal, pitchState, HISTORY * 4);
  const pole = load<f32>(pitchConstants);
  const p = f32x4.splat(pole);
  const p2 = f32x4.splat(pole * pole);
  const powers = f32x4(pole, pole * pole, pole * pole * pole, pole * pole * (pole * pole));
  const from = at - 112;
  let x1 = v128.load32_splat(highPassState);
  let y1 = v128.load32_splat(highPassState, 4);
  let x2 = y1;
  let y2 = v128.load32_splat(highPassState, 8);
  for (let m: i32 = 0; m < BLOCK * 4; m += 16) {
    const a = lowPass(from + m * 4);
    const b = lowPass(from + m * 4 + 16);
    const c = lowPass(from + m * 4 + 32);
    const d = lowPass(from + m * 4 + 48);
    const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
    const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
    const x = f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
    if (isFirst && m == 0) x1 = v128.shuffle<f32>(x, x, 0, 0, 0, 0);
    y1 = highPass(x, x1, y1, p, p2, powers);
    x1 = x;
    y2 = highPass(y1, x2, y2, p, p2, powers);
    x2 = y1;
    v128.store(block + m, y2);
  }
  memory.copy(pitchState, signal + BLOCK * 4, HISTORY * 4);
  store<f32>(highPassState, f32x4.extract_lane(x1, 3));
  store<f32>(highPassState, f32x4.extract_lane(y1, 3), 4);
  store<f32>(highPassState, f32x4.extract_lane(y2, 3), 8);
}
