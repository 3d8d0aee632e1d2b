// @ts-nocheck: AssemblyScript
// Mel bands and their logarithms, four bands at a time.
import { logMelConstants, melRuns, melWeights } from './layout';
import { power } from './fft';

/**
 * Natural logarithm of four positive normal numbers, after `logf` of Cephes (S. Moshier): x = 2^e m with m in
 * [sqrt(1/2), sqrt(2)), and a polynomial in m - 1; error below 1e-7 relative to max(1, |ln x|).
 */
// @ts-ignore: decorator
@inline
function ln(x: v128): v128 {
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const exponent = i32x4.shr_s(shifted, 23);
  const e = f32x4.convert_i32x4_s(exponent);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), f32x4.splat(1));
  const z = f32x4.mul(f, f);
  let y = f32x4.splat(7.0376836292e-2);
  y = f32x4.add(f32x4.mul(y, f), f32x4.splat(-1.151461031e-1));
  y = f32x4.add(f32x4.mul(y, f), f32x4.splat(1.167699874e-1));
  y = f32x4.add(f32x4.mul(y, f), f32x4.splat(-1.2420140846e-1));
  y = f32x4.add(f32x4.mul(y, f), f32x4.splat(1.4249322787e-1));
  y = f32x4.add(f32x4.mul(y, f), f32x4.splat(-1.6668057665e-1));
  y = f32x4.add(f32x4.mul(y, f), f32x4.splat(2.0000714765e-1));
  y = f32x4.add(f32x4.mul(y, f), f32x4.splat(-2.4999993993e-1));
  y = f32x4.add(f32x4.mul(y, f), f32x4.splat(3.3333331174e-1));
  y = f32x4.mul(f32x4.mul(y, f), z);
  y = f32x4.add(y, f32x4.mul(e, f32x4.splat(-2.1219444e-4)));
  y = f32x4.sub(y, f32x4.mul(f32x4.splat(0.5), z));
  return f32x4.add(f32x4.add(f, y), f32x4.mul(e, f32x4.splat(0.693359375)));
}

/** Writes the logarithms of `groups` times 4 band energies of `power`. */
export function logMelBands(groups: i32, to: usize): void {
  const floor = v128.load32_splat(logMelConstants, 8);
  let weights = melWeights;
  let run = melRuns;
  for (let g: i32 = 0; g < groups; g++) {
    const vectors = load<i32>(run);
    let p0 = power + (load<i32>(run, 4) as usize);
    let p1 = power + (load<i32>(run, 8) as usize);
    let p2 = power + (load<i32>(run, 12) as usize);
    let p3 = power + (load<i32>(run, 16) as usize);
    run += 32;
    let a = f32x4.mul(v128.load(weights), v128.load(p0));
    let b = f32x4.mul(v128.load(weights, 16), v128.load(p1));
    let c = f32x4.mul(v128.load(weights, 32), v128.load(p2));
    let d = f32x4.mul(v128.load(weights, 48), v128.load(p3));
    weights += 64;
    for (let v: i32 = 1; v < vectors; v++) {
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
      a = f32x4.add(a, f32x4.mul(v128.load(weights), v128.load(p0)));
      b = f32x4.add(b, f32x4.mul(v128.load(weights, 16), v128.load(p1)));
      c = f32x4.add(c, f32x4.mul(v128.load(weights, 32), v128.load(p2)));
      d = f32x4.add(d, f32x4.mul(v128.load(weights, 48), v128.load(p3)));
      weights += 64;
    }
    const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
    const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
    const energy = f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
    v128.store(to, ln(f32x4.max(energy, floor)));
    to += 16;
  }
}
