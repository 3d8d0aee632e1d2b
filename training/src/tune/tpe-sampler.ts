/**
 * Bayesian search by the tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl 2011). The trials are
 * parted into the good ones and the rest; of candidates drawn from the density of the good ones, the one is proposed
 * whose density there is greatest against that of the rest, which maximises expected improvement. Parameters are
 * modelled jointly, so that what works only together is found together.
 */
import { Random } from '../data/random.ts';
import { Parzen } from './parzen.ts';
import { RandomSampler } from './random-sampler.ts';
import type { Sampler } from './sampler.ts';
import { type Parameter, type Point, pointKey } from './search-space.ts';
import type { Trial } from './trial.ts';

export interface TpeOptions {
  /** Trials drawn at random before there is something to learn from. */
  readonly startTrials: number;
  /** Candidates among which the best is proposed. */
  readonly candidates: number;
  /** Share of the trials that count as good, at most `mostGood`. */
  readonly goodShare: number;
  readonly mostGood: number;
}

export const defaultTpe: TpeOptions = { startTrials: 10, candidates: 24, goodShare: 0.1, mostGood: 25 };

export class TpeSampler implements Sampler {
  readonly #parameters: readonly Parameter[];
  readonly #seed: number;
  readonly #options: TpeOptions;
  readonly #random: RandomSampler;

  constructor(parameters: readonly Parameter[], seed: number, options: Partial<TpeOptions> = {}) {
    this.#parameters = parameters;
    this.#seed = seed;
    this.#options = { ...defaultTpe, ...options };
    this.#random = new RandomSampler(parameters, seed);
  }

  propose(number: number, trials: readonly Trial[]): Point | null {
    const { startTrials, candidates, goodShare, mostGood } = this.#options;
    const ended = trials.filter(({ state }) => state !== 'running').sort(byRank);
    if (ended.filter(({ state }) => state !== 'failed').length < startTrials) {
      return this.#random.propose(number, trials);
    }
    const good = ended.slice(0, Math.min(mostGood, Math.ceil(goodShare * ended.length)));
    // Where a trial runs, another need not be: until its score is known it counts among the rest.
    const rest = [...ended.slice(good.length), ...trials.filter(({ state }) => state === 'running')];
    const [likely, unlikely] = [good, rest].map(
      (group) =>
        new Parzen(
          this.#parameters,
          group.map(({ point }) => point),
        ),
    ) as [Parzen, Parzen];
    const tried = new Set(trials.map(({ point }) => pointKey(point)));
    const random = new Random(this.#seed, 'tpe', number);
    let best: { readonly point: Point; readonly score: number } | null = null;
    for (let i = 0; i < candidates; i++) {
      const point = likely.sample(random);
      if (tried.has(pointKey(point))) continue;
      const score = likely.logDensity(point) - unlikely.logDensity(point);
      if (best === null || score > best.score) best = { point, score };
    }
    return best?.point ?? this.#random.propose(number, trials);
  }
}

/** Best first: by score; then the pruned ones, of which those that lasted longer are better; then the failed. */
function byRank(a: Trial, b: Trial): number {
  const group = { done: 0, pruned: 1, failed: 2, running: 3 };
  if (a.state !== b.state) return group[a.state] - group[b.state];
  const lasted = (trial: Trial): number => trial.steps.at(-1)?.step ?? 0;
  if (a.state === 'pruned' && lasted(a) !== lasted(b)) return lasted(b) - lasted(a);
  return (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY) || a.number - b.number;
}
