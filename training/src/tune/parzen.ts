/**
 * A Parzen estimator over points of a search space: a mixture of one product kernel for each observed point and one
 * broad kernel for the prior. Along a range the kernel is a normal distribution truncated to [0, 1] in unit
 * coordinates; on a choice it is the observed value with a share spread over all.
 */
import type { Random } from '../data/random.ts';
import { choiceIndex, type Parameter, type Point, unitOf, valueAt } from './search-space.ts';

/** Smallest and largest deviation of a kernel along a range. */
const smallestDeviation = 0.02;
const priorDeviation = 1;

/** One axis of one kernel: where it sits (a unit coordinate or a position) and how broad it is. */
interface Kernel {
  readonly centre: number;
  readonly deviation: number;
}

export class Parzen {
  readonly #parameters: readonly Parameter[];
  /** `[points][parameters]`; the prior is none of them. */
  readonly #kernels: readonly (readonly Kernel[])[];

  constructor(parameters: readonly Parameter[], points: readonly Point[]) {
    this.#parameters = parameters;
    // Scott's rule for the number of points and dimensions (Scott 1992).
    const deviation = Math.max(
      smallestDeviation,
      0.2 * Math.max(1, points.length) ** (-1 / (parameters.length + 4)),
    );
    this.#kernels = points.map((point) =>
      parameters.map((parameter) => {
        const value = point[parameter.name];
        return parameter.kind === 'choice'
          ? { centre: choiceIndex(parameter, value), deviation: 1 / (points.length + 1) }
          : { centre: unitOf(parameter, value), deviation };
      }),
    );
  }

  sample(random: Random): Point {
    const kernels = this.#kernels[random.below(this.#kernels.length + 1)];
    return Object.fromEntries(
      this.#parameters.map((parameter, i) => [
        parameter.name,
        valueAt(parameter, sampleUnit(parameter, kernels?.[i], random)),
      ]),
    );
  }

  /** Logarithm of the density at a point, up to the same constant for every estimator over these parameters. */
  logDensity(point: Point): number {
    const logs = [...this.#kernels, undefined].map((kernels) =>
      this.#parameters.reduce(
        (sum, parameter, i) => sum + Math.log(axisDensity(parameter, kernels?.[i], point[parameter.name])),
        0,
      ),
    );
    const top = Math.max(...logs);
    return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0) / logs.length);
  }
}

function sampleUnit(parameter: Parameter, kernel: Kernel | undefined, random: Random): number {
  if (parameter.kind === 'choice') {
    const count = parameter.values.length;
    const index = kernel && !random.chance(kernel.deviation) ? kernel.centre : random.below(count);
    return (index + 0.5) / count;
  }
  const centre = kernel?.centre ?? 0.5;
  const deviation = kernel?.deviation ?? priorDeviation;
  // At least a third of the kernel lies inside, as its centre does.
  for (;;) {
    const unit = centre + deviation * random.normal();
    if (unit >= 0 && unit < 1) return unit;
  }
}

function axisDensity(parameter: Parameter, kernel: Kernel | undefined, value: unknown): number {
  if (parameter.kind === 'choice') {
    const count = parameter.values.length;
    if (!kernel) return 1 / count;
    const hit = choiceIndex(parameter, value) === kernel.centre ? 1 - kernel.deviation : 0;
    return hit + kernel.deviation / count;
  }
  const centre = kernel?.centre ?? 0.5;
  const deviation = kernel?.deviation ?? priorDeviation;
  const z = (unitOf(parameter, value) - centre) / deviation;
  const inside = normalShare((1 - centre) / deviation) - normalShare(-centre / deviation);
  return Math.exp(-0.5 * z * z) / (deviation * inside);
}

/** Standard normal distribution function, by the error function of Abramowitz and Stegun 7.1.26 (error 1.5e-7). */
function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp(-x * x);
  return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}
