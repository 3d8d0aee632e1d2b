/** The complex transform under `RealFft`: in place, on a power of two of values in bit-reversed order. */

/**
 * Decimation in time of `re + i im`: a first pass of radix 2 or 4 without products, then passes of radix 4. With
 * w = e^(-2 pi i j / (4 span)) a butterfly joins a + w^2 b and w c + w^3 d, and their like.
 */
export function transformInPlace(re: Float64Array, im: Float64Array, twiddles: Float64Array): void {
  const count = re.length;
  let span = firstPass(re, im);
  for (let t = 0; span < count; span *= 4) {
    const firstTwiddle = t;
    for (let start = 0; start < count; start += 4 * span) {
      t = firstTwiddle;
      for (let i = start, end = start + span; i < end; i++, t += 6) {
        const ib = i + span;
        const ic = ib + span;
        const id = ic + span;
        const cos1 = twiddles[t]!;
        const sin1 = twiddles[t + 1]!;
        const cos2 = twiddles[t + 2]!;
        const sin2 = twiddles[t + 3]!;
        const cos3 = twiddles[t + 4]!;
        const sin3 = twiddles[t + 5]!;
        const bRe = re[ib]! * cos2 + im[ib]! * sin2;
        const bIm = im[ib]! * cos2 - re[ib]! * sin2;
        const cRe = re[ic]! * cos1 + im[ic]! * sin1;
        const cIm = im[ic]! * cos1 - re[ic]! * sin1;
        const dRe = re[id]! * cos3 + im[id]! * sin3;
        const dIm = im[id]! * cos3 - re[id]! * sin3;
        const abRe = re[i]! + bRe;
        const abIm = im[i]! + bIm;
        const aMinusBRe = re[i]! - bRe;
        const aMinusBIm = im[i]! - bIm;
        const cdRe = cRe + dRe;
        const cdIm = cIm + dIm;
        const cMinusDRe = cRe - dRe;
        const cMinusDIm = cIm - dIm;
        re[i] = abRe + cdRe;
        im[i] = abIm + cdIm;
        re[ib] = aMinusBRe + cMinusDIm;
        im[ib] = aMinusBIm - cMinusDRe;
        re[ic] = abRe - cdRe;
        im[ic] = abIm - cdIm;
        re[id] = aMinusBRe - cMinusDIm;
        im[id] = aMinusBIm + cMinusDRe;
      }
    }
  }
}

/** Size of the butterflies of the first pass: what a power of two leaves over when divided by 4 again and again. */
function firstSpan(count: number): 2 | 4 {
  return Math.log2(count) % 2 === 0 ? 4 : 2;
}

/** Transforms of two or four neighbouring values, whose twiddle factors are 1 and -i; returns which. */
function firstPass(re: Float64Array, im: Float64Array): 2 | 4 {
  const count = re.length;
  const span = firstSpan(count);
  if (span === 2) {
    for (let i = 0; i < count; i += 2) {
      const bRe = re[i + 1]!;
      const bIm = im[i + 1]!;
      re[i + 1] = re[i]! - bRe;
      im[i + 1] = im[i]! - bIm;
      re[i] = re[i]! + bRe;
      im[i] = im[i]! + bIm;
    }
    return span;
  }
  for (let i = 0; i < count; i += 4) {
    const aRe = re[i]! + re[i + 1]!;
    const aIm = im[i]! + im[i + 1]!;
    const bRe = re[i]! - re[i + 1]!;
    const bIm = im[i]! - im[i + 1]!;
    const cRe = re[i + 2]! + re[i + 3]!;
    const cIm = im[i + 2]! + im[i + 3]!;
    const dRe = re[i + 2]! - re[i + 3]!;
    const dIm = im[i + 2]! - im[i + 3]!;
    re[i] = aRe + cRe;
    im[i] = aIm + cIm;
    re[i + 1] = bRe + dIm;
    im[i + 1] = bIm - dRe;
    re[i + 2] = aRe - cRe;
    im[i + 2] = aIm - cIm;
    re[i + 3] = bRe - dIm;
    im[i + 3] = bIm + dRe;
  }
  return span;
}

/** cos and sin of turns j, 2 j, 3 j / (4 span) for j in [0, span), pass after pass, in the order they are used. */
export function makeTwiddles(count: number): Float64Array {
  const values: number[] = [];
  for (let span: number = firstSpan(count); span < count; span *= 4) {
    for (let j = 0; j < span; j++) {
      for (let multiple = 1; multiple <= 3; multiple++) {
        const angle = (2 * Math.PI * multiple * j) / (4 * span);
        values.push(Math.cos(angle), Math.sin(angle));
      }
    }
  }
  return Float64Array.from(values);
}
