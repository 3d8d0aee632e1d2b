/**
 * Class probabilities from those of each pair (Wu, Lin, Weng 2004, "Probability estimates for multi-class classification
 * by pairwise coupling", JMLR 5, second approach), in the float32 arithmetic of ONNX Runtime's `SVMClassifier`, which
 * stops when it is near enough: another order of rounding could stop one round earlier.
 */
import type { Sigmoid } from './platt.ts';

const smallest = 1e-7;
const mostRounds = 100;
const round = Math.fround;

/** Pairs (i, j), i < j, in the order of decision values: (0, 1), (0, 2), ..., (1, 2), ... */
export function classPairs(classes: number): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < classes; i++) for (let j = i + 1; j < classes; j++) pairs.push([i, j]);
  return pairs;
}

/**
 * @param decisions `[pairs]`, positive for the first class of a pair
 * @param sigmoids `[pairs]`
 * @returns `[classes]`
 */
export function classProbabilities(
  decisions: ArrayLike<number>,
  sigmoids: readonly Sigmoid[],
  classes: number,
): Float32Array {
  const pairwise = new Float32Array(classes * classes);
  for (const [n, [i, j]] of classPairs(classes).entries()) {
    const p = Math.min(1 - smallest, Math.max(smallest, sigmoid(decisions[n]!, sigmoids[n]!)));
    pairwise[i * classes + j] = p;
    pairwise[j * classes + i] = round(1 - round(p));
  }
  return couple(pairwise, classes);
}

function sigmoid(decision: number, { a, b }: Sigmoid): number {
  const z = round(round(round(decision) * a) + b);
  return z >= 0 ? round(Math.exp(-z) / (1 + Math.exp(-z))) : round(1 / (1 + Math.exp(z)));
}

/** @param r `[classes, classes]`: r_ij the probability of i given that it is i or j */
function couple(r: Float32Array, classes: number): Float32Array {
  const q = new Float32Array(classes * classes);
  for (let t = 0; t < classes; t++) {
    for (let j = 0; j < classes; j++) {
      if (j === t) continue;
      const rjt = r[j * classes + t]!;
      q[t * classes + t] = q[t * classes + t]! + round(rjt * rjt);
      q[t * classes + j] = -round(rjt * r[t * classes + j]!);
    }
  }
  const p = new Float32Array(classes).fill(1 / classes);
  const qp = new Float32Array(classes);
  const near = round(round(0.005) / classes);
  for (let n = 0; n < mostRounds; n++) {
    let pqp = 0;
    for (let t = 0; t < classes; t++) {
      let sum = 0;
      for (let j = 0; j < classes; j++) sum = round(sum + round(q[t * classes + j]! * p[j]!));
      qp[t] = sum;
      pqp = round(pqp + round(p[t]! * sum));
    }
    if (qp.every((value) => Math.abs(round(value - pqp)) < near)) break;
    for (let t = 0; t < classes; t++) {
      const diagonal = q[t * classes + t]!;
      const change = round(round(pqp - qp[t]!) / diagonal);
      const whole = round(1 + change);
      p[t] = p[t]! + change;
      const inner = round(round(change * diagonal) + round(2 * qp[t]!));
      pqp = round(round(round(pqp + round(change * inner)) / whole) / whole);
      for (let j = 0; j < classes; j++) {
        qp[j] = round(round(qp[j]! + round(change * q[t * classes + j]!)) / whole);
        p[j] = p[j]! / whole;
      }
    }
  }
  return p;
}
