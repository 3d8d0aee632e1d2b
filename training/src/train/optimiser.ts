/**
 * AdamW (Loshchilov and Hutter 2019, "Decoupled weight decay regularization", ICLR) with clipping by the global norm
 * and an average of the parameters, on one flat vector: a moving one, and over the last part of a run an even one
 * (stochastic weight averaging: Izmailov et al. 2018, "Averaging weights leads to wider optima and better generalization").
 */
import { UndertoneError } from '@undertone/core';

export type Schedule = 'one-cycle' | 'cosine' | 'constant';

export const schedules: readonly Schedule[] = ['one-cycle', 'cosine', 'constant'];

export interface OptimiserConfig {
  /** Highest learning rate of the schedule. */
  readonly learningRate: number;
  /** Share of the steps in which the learning rate rises. */
  readonly warmupShare: number;
  /** How the learning rate goes over the steps; `one-cycle` when absent. */
  readonly schedule?: Schedule;
  /** Decoupled decay per step, times the learning rate; biases are exempt. */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Largest norm of a gradient; longer ones are shortened. */
  readonly clipNorm: number;
  /** Share of the old average kept at each step. */
  readonly averageDecay: number;
  /** Share of the steps, the last ones, whose parameters the average holds evenly; none when absent. */
  readonly averageShare?: number;
  /** Least learning rate of these steps, as a share of the highest, so that there is something to average; 0 when absent. */
  readonly averageRate?: number;
}

export const defaultOptimiser: OptimiserConfig = {
  learningRate: 2e-3,
  warmupShare: 0.3,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  clipNorm: 5,
  averageDecay: 0.99,
};

/** @throws UndertoneError `bad_config` naming the field */
export function checkOptimiserConfig(config: OptimiserConfig): void {
  const ranges: readonly [Exclude<keyof OptimiserConfig, 'schedule'>, number, number][] = [
    ['learningRate', 1e-8, 1],
    ['warmupShare', 0, 1],
    ['weightDecay', 0, 1],
    ['beta1', 0, 0.9999],
    ['beta2', 0, 0.999999],
    ['epsilon', 1e-12, 1],
    ['clipNorm', 1e-6, 1e6],
    ['averageDecay', 0, 0.999999],
    ['averageShare', 0, 1],
    ['averageRate', 0, 1],
  ];
  for (const [field, min, max] of ranges) {
    const { [field]: value = 0 } = config;
    if (!(value >= min && value <= max)) {
      throw new UndertoneError(
        'bad_config',
        `Optimiser field ${field}: expected a number from ${min} to ${max}, found ${value}.`,
      );
    }
  }
}

/** Everything that a step changes; saved in checkpoints. Float32 vectors of equal length. */
export interface OptimiserState {
  readonly parameters: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Average of the parameters: what is evaluated and exported. */
  readonly average: Float32Array;
  /** Steps done. */
  step: number;
}

/** @param parameters is used, not copied */
export function initialState(parameters: Float32Array): OptimiserState {
  return {
    parameters,
    firstMoment: new Float32Array(parameters.length),
    secondMoment: new Float32Array(parameters.length),
    average: Float32Array.from(parameters),
    step: 0,
  };
}

export class AdamW {
  readonly state: OptimiserState;
  readonly #config: OptimiserConfig;
  readonly #decayMask: Float32Array;
  readonly #frozenMask: Float32Array | undefined;

  /**
   * @param decayMask `[P]`: 1 where a parameter is decayed, else 0
   * @param frozenMask `[P]`: 1 where a parameter stays as it is; none does when left out
   */
  constructor(
    state: OptimiserState,
    config: OptimiserConfig,
    decayMask: Float32Array,
    frozenMask?: Float32Array,
  ) {
    checkOptimiserConfig(config);
    this.state = state;
    this.#config = config;
    this.#decayMask = decayMask;
    this.#frozenMask = frozenMask;
  }

  /**
   * @param evenSteps how many steps the even average holds with this one; 0 before it
   * @returns the norm of the gradient before clipping
   */
  update(gradient: Float32Array, learningRate: number, evenSteps = 0): number {
    const { beta1, beta2, epsilon, weightDecay, clipNorm, averageDecay } = this.#config;
    const { parameters, firstMoment, secondMoment, average } = this.state;
    let power = 0;
    for (let i = 0; i < gradient.length; i++) power += gradient[i]! * gradient[i]!;
    const norm = Math.sqrt(power);
    const clip = norm > clipNorm ? clipNorm / norm : 1;
    const step = ++this.state.step;
    const stepSize = learningRate / (1 - beta1 ** step);
    const rootCorrection = 1 / Math.sqrt(1 - beta2 ** step);
    // The average of the first steps would otherwise remember the random start.
    const moving = Math.min(averageDecay, (1 + step) / (10 + step));
    // The moving average goes over into the even one when that has become as long.
    const keep = Math.max(moving, 1 - 1 / Math.max(1, evenSteps));
    const frozen = this.#frozenMask;
    for (let i = 0; i < gradient.length; i++) {
      if (frozen && frozen[i] === 1) continue;
      const g = gradient[i]! * clip;
      const m = beta1 * firstMoment[i]! + (1 - beta1) * g;
      const v = beta2 * secondMoment[i]! + (1 - beta2) * g * g;
      firstMoment[i] = m;
      secondMoment[i] = v;
      const decayed = parameters[i]! * (1 - learningRate * weightDecay * this.#decayMask[i]!);
      const next = decayed - (stepSize * m) / (Math.sqrt(v) * rootCorrection + epsilon);
      parameters[i] = next;
      average[i] = keep * average[i]! + (1 - keep) * next;
    }
    return norm;
  }
}

/**
 * The learning rate of a step.
 * `one-cycle` (Smith and Topin 2018, "Super-convergence"): from a 25th of the peak up along a cosine during `warmupShare`
 * of the steps, then down along a cosine to a 10,000th. `cosine` (Loshchilov and Hutter 2017, "SGDR"): up along a line,
 * then down in the same way. `constant`: up along a line, then it stays. While parameters are averaged evenly it is no lower
 * than the `averageRate` of the peak.
 * @param step from 0
 */
export function learningRateAt(config: OptimiserConfig, step: number, steps: number): number {
  const rate = scheduledRate(config, step, steps);
  if (evenStepsAt(config, step, steps) === 0) return rate;
  return Math.max(rate, (config.averageRate ?? 0) * config.learningRate);
}

/**
 * How many steps the even average holds after a step; 0 before it begins.
 * @param step from 0
 */
export function evenStepsAt({ averageShare = 0 }: OptimiserConfig, step: number, steps: number): number {
  return Math.max(0, step + 1 - steps + Math.floor(averageShare * steps));
}

function scheduledRate(config: OptimiserConfig, step: number, steps: number): number {
  const { learningRate: peak, warmupShare, schedule = 'one-cycle' } = config;
  const up = Math.floor(warmupShare * steps);
  if (schedule === 'one-cycle') {
    const rise = Math.max(1, up);
    if (step < rise) return cosine(peak / 25, peak, step / rise);
    return cosine(peak, peak / 1e4, (step - rise) / Math.max(1, steps - 1 - rise));
  }
  if (step < up) return (peak * (step + 1)) / (up + 1);
  return schedule === 'constant' ? peak : cosine(peak, peak / 1e4, (step - up) / Math.max(1, steps - 1 - up));
}

function cosine(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(1, progress)))) / 2;
}
