/** Random search (Bergstra and Bengio 2012): independent draws, uniform on each parameter's scale, none twice. */
import { Random } from '../data/random.ts';
import type { Sampler } from './sampler.ts';
import { type Parameter, type Point, pointKey, spaceSize, valueAt } from './search-space.ts';
import type { Trial } from './trial.ts';

/** Draws after which a finite space counts as used up, per point in it. */
const drawsPerPoint = 50;

export class RandomSampler implements Sampler {
  readonly #parameters: readonly Parameter[];
  readonly #seed: number;

  constructor(parameters: readonly Parameter[], seed: number) {
    this.#parameters = parameters;
    this.#seed = seed;
  }

  propose(number: number, trials: readonly Trial[]): Point | null {
    const tried = new Set(trials.map(({ point }) => pointKey(point)));
    const random = new Random(this.#seed, 'tune', number);
    const size = spaceSize(this.#parameters);
    if (tried.size >= size) return null;
    const draws = Math.min(10_000, drawsPerPoint * size);
    for (let draw = 0; draw < draws; draw++) {
      const point = Object.fromEntries(
        this.#parameters.map((parameter) => [parameter.name, valueAt(parameter, random.uniform())]),
      );
      if (!tried.has(pointKey(point))) return point;
    }
    return null;
  }
}
