/**
 * Probability from a decision value, p = 1 / (1 + exp(a f + b)), fitted with Newton's method and backtracking (Platt
 * 1999; Lin, Lin, Weng 2007, "A note on Platt's probabilistic outputs for support vector machines", Machine Learning 68).
 */
export interface Sigmoid {
  readonly a: number;
  readonly b: number;
}

const mostIterations = 100;
const smallestStep = 1e-10;
const ridge = 1e-12;
const settled = 1e-5;

/**
 * @param decisions values of rows that the machine was not trained on
 * @param sides 1 or -1
 */
export function fitSigmoid(decisions: ArrayLike<number>, sides: ArrayLike<number>): Sigmoid {
  const n = decisions.length;
  let positives = 0;
  for (let i = 0; i < n; i++) if (sides[i]! > 0) positives++;
  // Targets a little inside (0, 1): what a uniform prior makes of so many rows.
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (n - positives + 2);
  const target = (i: number): number => (sides[i]! > 0 ? high : low);
  const loss = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const z = a * decisions[i]! + b;
      sum +=
        z >= 0 ? target(i) * z + Math.log1p(Math.exp(-z)) : (target(i) - 1) * z + Math.log1p(Math.exp(z));
    }
    return sum;
  };
  let a = 0;
  let b = Math.log((n - positives + 1) / (positives + 1));
  let current = loss(a, b);
  for (let iteration = 0; iteration < mostIterations; iteration++) {
    const { g1, g2, h11, h22, h21 } = derivatives(decisions, target, a, b);
    if (Math.abs(g1) < settled && Math.abs(g2) < settled) break;
    const determinant = h11 * h22 - h21 * h21;
    const da = -(h22 * g1 - h21 * g2) / determinant;
    const db = -(-h21 * g1 + h11 * g2) / determinant;
    const slope = g1 * da + g2 * db;
    let size = 1;
    for (; size >= smallestStep; size /= 2) {
      const next = loss(a + size * da, b + size * db);
      if (next < current + 1e-4 * size * slope) {
        a += size * da;
        b += size * db;
        current = next;
        break;
      }
    }
    if (size < smallestStep) break;
  }
  return { a: Math.fround(a), b: Math.fround(b) };
}

function derivatives(
  decisions: ArrayLike<number>,
  target: (i: number) => number,
  a: number,
  b: number,
): { g1: number; g2: number; h11: number; h22: number; h21: number } {
  let [g1, g2, h21] = [0, 0, 0];
  let [h11, h22] = [ridge, ridge];
  for (let i = 0; i < decisions.length; i++) {
    const f = decisions[i]!;
    const z = a * f + b;
    const small = Math.exp(-Math.abs(z));
    const p = z >= 0 ? small / (1 + small) : 1 / (1 + small);
    const weight = p * (1 - p);
    h11 += f * f * weight;
    h22 += weight;
    h21 += f * weight;
    const error = target(i) - p;
    g1 += f * error;
    g2 += error;
  }
  return { g1, g2, h11, h22, h21 };
}
