/** The two inner products of the resampler, written for the compiler: no allocation, independent partial sums. */

/** sum of coefficients[row + j] * samples[base + j] over j in [0, taps), in four interleaved partial sums. */
export function dot(
  coefficients: Float32Array,
  row: number,
  samples: Float32Array,
  base: number,
  taps: number,
): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let j = 0;
  for (; j + 3 < taps; j += 4) {
    const h = base + j;
    const w = row + j;
    a += coefficients[w]! * samples[h]!;
    b += coefficients[w + 1]! * samples[h + 1]!;
    c += coefficients[w + 2]! * samples[h + 2]!;
    d += coefficients[w + 3]! * samples[h + 3]!;
  }
  for (; j < taps; j++) a += coefficients[row + j]! * samples[base + j]!;
  return a + b + (c + d);
}

/**
 * Reorders a row of taps for `fourDots` with samples `step` apart: taps 0, step, 2 step, ... first, then 1,
 * 1 + step, ...; each of these `step` lanes is padded with zeros to a multiple of four.
 */
export function toLanes(row: Float64Array, step: number): { lanes: Float64Array; laneTaps: number } {
  const laneTaps = 4 * Math.ceil(row.length / step / 4);
  const lanes = new Float64Array(laneTaps * step);
  row.forEach((value, j) => {
    lanes[(j % step) * laneTaps + Math.floor(j / step)] = value;
  });
  return { lanes, laneTaps };
}

/**
 * Four outputs of one filter, each `step` samples further on, into output[at + m * stride], m = 0..3. A sample is
 * read once for four products. Reads up to `step * (laneTaps + 3)` samples from `base` on; those under padding
 * must be finite. Each sum has its own fixed order, so it does not depend on what the others read.
 */
export function fourDots(
  lanes: Float32Array,
  row: number,
  laneTaps: number,
  step: number,
  samples: Float32Array,
  base: number,
  output: Float32Array,
  at: number,
  stride: number,
): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let w = row;
  for (let lane = 0; lane < step; lane++) {
    let h = base + lane;
    let s0 = samples[h]!;
    let s1 = samples[h + step]!;
    let s2 = samples[h + 2 * step]!;
    h += 3 * step;
    for (const end = w + laneTaps; w < end; w += 4, h += 4 * step) {
      const s3 = samples[h]!;
      let tap = lanes[w]!;
      a += tap * s0;
      b += tap * s1;
      c += tap * s2;
      d += tap * s3;
      s0 = samples[h + step]!;
      tap = lanes[w + 1]!;
      a += tap * s1;
      b += tap * s2;
      c += tap * s3;
      d += tap * s0;
      s1 = samples[h + 2 * step]!;
      tap = lanes[w + 2]!;
      a += tap * s2;
      b += tap * s3;
      c += tap * s0;
      d += tap * s1;
      s2 = samples[h + 3 * step]!;
      tap = lanes[w + 3]!;
      a += tap * s3;
      b += tap * s0;
      c += tap * s1;
      d += tap * s2;
    }
  }
  output[at] = a;
  output[at + stride] = b;
  output[at + 2 * stride] = c;
  output[at + 3 * stride] = d;
}
