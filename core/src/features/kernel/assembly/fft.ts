// @ts-nocheck: AssemblyScript
// Spectrum of one frame: pre-processing, a complex Stockham radix-4 transform of 256 points (even samples real, odd ones
// imaginary) with real and imaginary parts apart, and the separation into the power of 512-point bins. The order of
// additions is fixed, so that a frame has the same bits wherever it lies in a packet.
import { logMelConstants, splitTwiddles, twiddles256, twiddles64, windowTable } from './layout';

const re0: usize = memory.data(1024, 16);
const im0: usize = memory.data(1024, 16);
const re1: usize = memory.data(1024, 16);
const im1: usize = memory.data(1024, 16);
/** |X[k]|^2 of bins 0 ... 256; bins 0 and 256 lie under no band and stay 0. Followed by room to read past the end. */
export const power: usize = memory.data(1088, 16);

// @ts-ignore: decorator
@inline
function ld(address: usize): v128 {
  return v128.load(address);
}

// @ts-ignore: decorator
@inline
function transposeStore(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7), 16);
  v128.store(to, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5), 32);
  v128.store(to, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7), 48);
}

// @ts-ignore: decorator
@inline
function mulRe(ar: v128, ai: v128, br: v128, bi: v128): v128 {
  return f32x4.sub(f32x4.mul(ar, br), f32x4.mul(ai, bi));
}

// @ts-ignore: decorator
@inline
function mulIm(ar: v128, ai: v128, br: v128, bi: v128): v128 {
  return f32x4.add(f32x4.mul(ar, bi), f32x4.mul(ai, br));
}

/** Sum of the frame's samples times `scale`. */
function mean(frame: usize, scale: f32): f32 {
  let a = ld(frame);
  let b = v128.load(frame, 16);
  let c = v128.load(frame, 32);
  let d = v128.load(frame, 48);
  for (let p = frame + 64, end = frame + 1600; p < end; p += 64) {
    a = f32x4.add(a, ld(p));
    b = f32x4.add(b, v128.load(p, 16));
    c = f32x4.add(c, v128.load(p, 32));
    d = f32x4.add(d, v128.load(p, 48));
  }
  a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  const sum =
    f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
  return sum * scale;
}

/** Four pre-emphasised, windowed samples. The window is 0 at sample 0, whatever precedes it. */
// @ts-ignore: decorator
@inline
function prepare(at: usize, windowAt: usize, preemphasis: v128, offset: v128): v128 {
  const before = f32x4.add(f32x4.mul(preemphasis, v128.load(at - 4)), offset);
  return f32x4.mul(f32x4.sub(ld(at), before), ld(windowAt));
}

/** One radix-4 step on vectors, all but the first output turned. */
// @ts-ignore: decorator
@inline
function middlePass(fromRe: usize, fromIm: usize, toRe: usize, toIm: usize, rows: i32, span: i32, table: usize): void {
  // span: bytes of one row of `s` values; a quarter of the points is 256 bytes.
  for (let p: i32 = 0; p < rows; p++) {
    const w1r = v128.load32_splat(table);
    const w1i = v128.load32_splat(table, 4);
    const w2r = v128.load32_splat(table, 8);
    const w2i = v128.load32_splat(table, 12);
    const w3r = v128.load32_splat(table, 16);
    const w3i = v128.load32_splat(table, 20);
    table += 32;
    for (let q: i32 = 0; q < span; q += 16) {
      const ar = ld(fromRe);
      const ai = ld(fromIm);
      const br = v128.load(fromRe, 256);
      const bi = v128.load(fromIm, 256);
      const cr = v128.load(fromRe, 512);
      const ci = v128.load(fromIm, 512);
      const dr = v128.load(fromRe, 768);
      const di = v128.load(fromIm, 768);
      fromRe += 16;
      fromIm += 16;
      const sr = f32x4.add(ar, cr);
      const si = f32x4.add(ai, ci);
      const tr = f32x4.sub(ar, cr);
      const ti = f32x4.sub(ai, ci);
      const ur = f32x4.add(br, dr);
      const ui = f32x4.add(bi, di);
      const vr = f32x4.sub(br, dr);
      const vi = f32x4.sub(bi, di);
      v128.store(toRe, f32x4.add(sr, ur));
      v128.store(toIm, f32x4.add(si, ui));
      const y1r = f32x4.add(tr, vi);
      const y1i = f32x4.sub(ti, vr);
      v128.store(toRe + span, mulRe(y1r, y1i, w1r, w1i));
      v128.store(toIm + span, mulIm(y1r, y1i, w1r, w1i));
      const y2r = f32x4.sub(sr, ur);
      const y2i = f32x4.sub(si, ui);
      v128.store(toRe + 2 * span, mulRe(y2r, y2i, w2r, w2i));
      v128.store(toIm + 2 * span, mulIm(y2r, y2i, w2r, w2i));
      const y3r = f32x4.sub(tr, vi);
      const y3i = f32x4.add(ti, vr);
      v128.store(toRe + 3 * span, mulRe(y3r, y3i, w3r, w3i));
      v128.store(toIm + 3 * span, mulIm(y3r, y3i, w3r, w3i));
      toRe += 16;
      toIm += 16;
    }
    toRe += 3 * span;
    toIm += 3 * span;
  }
}

/** Fills `power` from the 400 samples at `frame`. */
export function powerSpectrum(frame: usize): void {
  const preemphasis = v128.load32_splat(logMelConstants, 4);
  const meanScale = load<f32>(logMelConstants);
  const keep: f32 = 1 - load<f32>(logMelConstants, 4);
  const offset = f32x4.splat(meanScale != 0 ? mean(frame, meanScale) * keep : 0);

  // First pass, with the window; samples from 400 on are zeros, so that its last quarter is mostly absent.
  for (let i: usize = 0; i < 16; i++) {
    const at = frame + i * 32;
    const wAt = windowTable + i * 32;
    const a0 = prepare(at, wAt, preemphasis, offset);
    const a1 = prepare(at + 16, wAt + 16, preemphasis, offset);
    const b0 = prepare(at + 512, wAt + 512, preemphasis, offset);
    const b1 = prepare(at + 528, wAt + 528, preemphasis, offset);
    const c0 = prepare(at + 1024, wAt + 1024, preemphasis, offset);
    const c1 = prepare(at + 1040, wAt + 1040, preemphasis, offset);
    const ar = v128.shuffle<f32>(a0, a1, 0, 2, 4, 6);
    const ai = v128.shuffle<f32>(a0, a1, 1, 3, 5, 7);
    const br = v128.shuffle<f32>(b0, b1, 0, 2, 4, 6);
    const bi = v128.shuffle<f32>(b0, b1, 1, 3, 5, 7);
    const cr = v128.shuffle<f32>(c0, c1, 0, 2, 4, 6);
    const ci = v128.shuffle<f32>(c0, c1, 1, 3, 5, 7);
    let ur = br;
    let ui = bi;
    let vr = br;
    let vi = bi;
    if (i < 2) {
      const d0 = prepare(at + 1536, wAt + 1536, preemphasis, offset);
      const d1 = prepare(at + 1552, wAt + 1552, preemphasis, offset);
      const dr = v128.shuffle<f32>(d0, d1, 0, 2, 4, 6);
      const di = v128.shuffle<f32>(d0, d1, 1, 3, 5, 7);
      ur = f32x4.add(br, dr);
      ui = f32x4.add(bi, di);
      vr = f32x4.sub(br, dr);
      vi = f32x4.sub(bi, di);
    }
    const table = twiddles256 + i * 96;
    const sr = f32x4.add(ar, cr);
    const si = f32x4.add(ai, ci);
    const tr = f32x4.sub(ar, cr);
    const ti = f32x4.sub(ai, ci);
    const w1r = ld(table);
    const w1i = v128.load(table, 16);
    const w2r = v128.load(table, 32);
    const w2i = v128.load(table, 48);
    const w3r = v128.load(table, 64);
    const w3i = v128.load(table, 80);
    const y1r = f32x4.add(tr, vi);
    const y1i = f32x4.sub(ti, vr);
    const y2r = f32x4.sub(sr, ur);
    const y2i = f32x4.sub(si, ui);
    const y3r = f32x4.sub(tr, vi);
    const y3i = f32x4.add(ti, vr);
    transposeStore(
      f32x4.add(sr, ur),
      mulRe(y1r, y1i, w1r, w1i),
      mulRe(y2r, y2i, w2r, w2i),
      mulRe(y3r, y3i, w3r, w3i),
      re0 + i * 64,
    );
    transposeStore(
      f32x4.add(si, ui),
      mulIm(y1r, y1i, w1r, w1i),
      mulIm(y2r, y2i, w2r, w2i),
      mulIm(y3r, y3i, w3r, w3i),
      im0 + i * 64,
    );
  }

  middlePass(re0, im0, re1, im1, 16, 16, twiddles64);
  middlePass(re1, im1, re0, im0, 4, 64, twiddles64 + 512);

  // Last pass: no turning.
  for (let q: usize = 0; q < 256; q += 16) {
    const ar = ld(re0 + q);
    const ai = ld(im0 + q);
    const br = v128.load(re0 + q, 256);
    const bi = v128.load(im0 + q, 256);
    const cr = v128.load(re0 + q, 512);
    const ci = v128.load(im0 + q, 512);
    const dr = v128.load(re0 + q, 768);
    const di = v128.load(im0 + q, 768);
    const sr = f32x4.add(ar, cr);
    const si = f32x4.add(ai, ci);
    const tr = f32x4.sub(ar, cr);
    const ti = f32x4.sub(ai, ci);
    const ur = f32x4.add(br, dr);
    const ui = f32x4.add(bi, di);
    const vr = f32x4.sub(br, dr);
    const vi = f32x4.sub(bi, di);
    v128.store(re1 + q, f32x4.add(sr, ur));
    v128.store(im1 + q, f32x4.add(si, ui));
    v128.store(re1 + q, f32x4.add(tr, vi), 256);
    v128.store(im1 + q, f32x4.sub(ti, vr), 256);
    v128.store(re1 + q, f32x4.sub(sr, ur), 512);
    v128.store(im1 + q, f32x4.sub(si, ui), 512);
    v128.store(re1 + q, f32x4.sub(tr, vi), 768);
    v128.store(im1 + q, f32x4.add(ti, vr), 768);
  }

  // Bins k and 256 - k come from the same pair of Z: X[k] = E + t, X[256 - k] = conj(E - t).
  for (let i: usize = 0; i < 32; i++) {
    const up: usize = 4 + i * 16;
    const down: usize = 1008 - i * 16;
    const zr = ld(re1 + up);
    const zi = ld(im1 + up);
    const downRe = ld(re1 + down);
    const downIm = ld(im1 + down);
    const mr = v128.shuffle<f32>(downRe, downRe, 3, 2, 1, 0);
    const mi = v128.shuffle<f32>(downIm, downIm, 3, 2, 1, 0);
    const wr = ld(splitTwiddles + i * 32);
    const wi = v128.load(splitTwiddles + i * 32, 16);
    const evenRe = f32x4.add(zr, mr);
    const evenIm = f32x4.sub(zi, mi);
    const oddRe = f32x4.add(zi, mi);
    const oddIm = f32x4.sub(mr, zr);
    const tr = mulRe(oddRe, oddIm, wr, wi);
    const ti = mulIm(oddRe, oddIm, wr, wi);
    const xr = f32x4.add(evenRe, tr);
    const xi = f32x4.add(evenIm, ti);
    const yr = f32x4.sub(evenRe, tr);
    const yi = f32x4.sub(evenIm, ti);
    const mirror = f32x4.add(f32x4.mul(yr, yr), f32x4.mul(yi, yi));
    v128.store(power + down, v128.shuffle<f32>(mirror, mirror, 3, 2, 1, 0));
    v128.store(power + up, f32x4.add(f32x4.mul(xr, xr), f32x4.mul(xi, xi)));
  }
}
