/**
 * The gain that minimises the mean square error of log amplitudes, G = xi / (1 + xi) exp(E1(v) / 2) with
 * v = xi gamma / (1 + xi). Ephraim, Y. and Malah, D. (1985), "Speech enhancement using a minimum mean-square error
 * log-spectral amplitude estimator", IEEE Trans. ASSP 33(2).
 */

/** Exponential integral E1(v), v > 0: Abramowitz and Stegun 5.1.11 below 1, a continued fraction (5.1.22) above. */
export function exponentialIntegral(v: number): number {
  if (v < 1) {
    let sum = -0.5772156649015329 - Math.log(v);
    let term = -1;
    for (let n = 1; n < 25; n++) {
      term *= -v / n;
      sum += term / n;
    }
    return sum;
  }
  if (v > 700) return 0;
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / (1 + n / (v + fraction));
  return Math.exp(-v) / (v + fraction);
}

const tableSize = 1024;
/** exp(E1(v) / 2) sqrt(v / (1 + v)) at s = v / (1 + v) = i / tableSize: smooth, from 0.749 to 1. */
const table = Float64Array.from({ length: tableSize + 1 }, (_, i) => {
  const s = i / tableSize;
  if (i === 0) return Math.exp(-0.5772156649015329 / 2);
  if (i === tableSize) return 1;
  return Math.exp(exponentialIntegral(s / (1 - s)) / 2) * Math.sqrt(s);
});

/**
 * @param xi ratio of speech to noise power before the frame is seen, > 0
 * @param gamma power of the frame over that of the noise, >= 0
 * @returns factor of the amplitude, at most 1; within 1e-5 of the formula
 */
export function logAmplitudeGain(xi: number, gamma: number): number {
  const share = xi / (1 + xi);
  const v = Math.max(share * gamma, 1e-10);
  const s = v / (1 + v);
  const position = s * tableSize;
  const index = Math.min(tableSize - 1, Math.floor(position));
  const low = table[index]!;
  const smooth = low + (position - index) * (table[index + 1]! - low);
  return Math.min(1, (share * smooth) / Math.sqrt(s));
}
