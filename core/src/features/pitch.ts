/**
 * F0 and voicing in plain JavaScript: the definition of what the WebAssembly kernel computes, and the oracle of its
 * tests. Causal: frame i uses samples before its own end only, and the F0 it reports is that of the signal about
 * 20 ms before this end.
 *
 * The signal is low-passed, decimated to 4 kHz and freed of offset and rumble. For each hop the products with the
 * delayed signal and the energies of the delayed signal are summed per lag; three hops added up give the
 * normalised cross-correlation (Talkin, "A robust algorithm for pitch tracking", 1995), to which each hop is added
 * once. Its peaks, on a lag axis refined by interpolation, are hypotheses; a forward Viterbi recursion weighs
 * them with octave, jump and voicing costs after Boersma ("Accurate short-term analysis of the fundamental
 * frequency...", 1993), and the best hypothesis at each frame is final. A correlation needs no energy at the
 * fundamental, so that telephone audio, which has none below 300 Hz, is tracked by its harmonics.
 */
import {
  correlationBlocks,
  decimation,
  interpolationTaps,
  lowPassTaps,
  maxCandidates,
  type PitchTables,
} from './kernel/pitch-tables.ts';

/** Below this the high-pass filter's state is zero, so that silence never decays into slow denormal numbers. */
const flushBelow = 1e-12;

interface Candidate {
  readonly logLag: number;
  readonly lag: number;
  readonly peak: number;
  readonly score: number;
}

/** State of one stream. */
export class PitchTracker {
  /** Samples before a block that the low-pass filter reaches back to. */
  static readonly history: number = lowPassTaps - decimation;
  readonly #tables: PitchTables;
  /** Decimated samples: the longest lag before the current block, then the block. */
  readonly #signal: Float64Array;
  /** Per block, oldest first: products `[lags]`, energies `[lags]`, own energy; longest lag first. */
  readonly #blocks: { products: Float64Array; energies: Float64Array; energy: number }[] = [];
  /** Previous input and output of the first stage, then of the second. */
  readonly #highPass = new Float64Array(4);
  #started = false;
  /** Correlation at half-sample steps of the lag, longest lag first `[2 lags]`. */
  readonly #correlation: Float64Array;
  #candidates: readonly Candidate[] = [];
  #unvoicedScore = 0;
  #f0Hz = 0;
  #strength = 0;

  constructor(tables: PitchTables) {
    this.#tables = tables;
    this.#signal = new Float64Array(tables.lastLag + tables.hop);
    this.#correlation = new Float64Array(2 * tables.lags);
    for (let b = 0; b < correlationBlocks; b++) {
      this.#blocks.push({
        products: new Float64Array(tables.lags),
        energies: new Float64Array(tables.lags),
        energy: 0,
      });
    }
  }

  /** F0 of the latest hop in Hz, 0 where unvoiced. */
  get f0Hz(): number {
    return this.#f0Hz;
  }

  /** Height of the chosen correlation peak, or of the highest where unvoiced, in [0, 1]. */
  get strength(): number {
    return this.#strength;
  }

  /** Takes the next hop, `samples[start .. start + hop)`; `history` samples before it must be there too. */
  hop(samples: Float32Array, start: number): void {
    this.#decimate(samples, start);
    this.#accumulate();
    this.#correlate();
    this.#track();
  }

  #decimate(samples: Float32Array, start: number): void {
    const { hop, lowPass, tuning } = this.#tables;
    const signal = this.#signal;
    const state = this.#highPass;
    const pole = tuning.highPassPole;
    signal.copyWithin(0, hop);
    for (let m = 0; m < hop; m++) {
      const first = start + m * decimation - PitchTracker.history;
      let sum = 0;
      for (let i = 0; i < lowPassTaps; i++) sum += lowPass[i]! * samples[first + i]!;
      if (!this.#started) {
        // As if the first value had lasted for ever, so that an offset is no step at the start.
        state[0] = sum;
        this.#started = true;
      }
      for (let stage = 0; stage < 4; stage += 2) {
        const output = sum - state[stage]! + pole * state[stage + 1]!;
        state[stage] = sum;
        state[stage + 1] = Math.abs(output) < flushBelow ? 0 : output;
        sum = output;
      }
      signal[signal.length - hop + m] = sum;
    }
  }

  #accumulate(): void {
    const { hop, lags } = this.#tables;
    const signal = this.#signal;
    const now = signal.length - hop;
    const block = this.#blocks.shift()!;
    for (let j = 0; j < lags; j++) {
      let product = 0;
      let energy = 0;
      for (let n = 0; n < hop; n++) {
        const delayed = signal[j + n]!;
        product += signal[now + n]! * delayed;
        energy += delayed * delayed;
      }
      block.products[j] = product;
      block.energies[j] = energy;
    }
    block.energy = 0;
    for (let n = 0; n < hop; n++) block.energy += signal[now + n]! ** 2;
    this.#blocks.push(block);
  }

  #correlate(): void {
    const { lags, hop, tuning, interpolation } = this.#tables;
    const correlation = this.#correlation;
    const ballast = tuning.ballastRms ** 2 * hop * tuning.blockWeights.reduce((a, b) => a + b, 0);
    let ownEnergy = ballast;
    for (const [b, block] of this.#blocks.entries()) ownEnergy += tuning.blockWeights[b]! * block.energy;
    for (let j = 0; j < lags; j++) {
      let product = 0;
      let energy = ballast;
      for (let b = 0; b < correlationBlocks; b++) {
        product += tuning.blockWeights[b]! * this.#blocks[b]!.products[j]!;
        energy += tuning.blockWeights[b]! * this.#blocks[b]!.energies[j]!;
      }
      correlation[2 * j] = product / Math.sqrt(ownEnergy * energy);
    }
    const before = interpolationTaps / 2 - 1;
    for (let j = before; j + interpolationTaps / 2 < lags; j++) {
      let sum = 0;
      for (let i = 0; i < interpolationTaps; i++)
        sum += interpolation[i]! * correlation[2 * (j + i - before)]!;
      correlation[2 * j + 1] = sum;
    }
  }

  #findCandidates(): Candidate[] {
    const { lastLag, shortestLag, firstPoint, lastPoint, tuning } = this.#tables;
    const correlation = this.#correlation;
    const found: Candidate[] = [];
    for (let k = firstPoint; k <= lastPoint; k++) {
      const middle = correlation[k]!;
      const left = correlation[k - 1]!;
      const right = correlation[k + 1]!;
      if (!(middle > tuning.minPeak && middle >= left && middle > right)) continue;
      const slope = 0.5 * (right - left);
      const curvature = left - 2 * middle + right;
      const offset = -slope / curvature;
      const peak = Math.min(middle + 0.5 * slope * offset, 1);
      const lag = lastLag - 0.5 * (k + offset);
      const logLag = Math.log2(lag);
      found.push({ logLag, lag, peak, score: peak - tuning.octaveCost * (logLag - Math.log2(shortestLag)) });
    }
    return found.sort((a, b) => b.score - a.score).slice(0, maxCandidates);
  }

  #track(): void {
    const { tuning, rateHz } = this.#tables;
    const found = this.#findCandidates();
    let unvoiced = this.#unvoicedScore;
    for (const before of this.#candidates) {
      unvoiced = Math.max(unvoiced, before.score - tuning.voicingChangeCost);
    }
    let best = unvoiced + tuning.unvoicedScore;
    let chosen: Candidate | null = null;
    let highest = 0;
    const next = found.map((candidate) => {
      let inherited = this.#unvoicedScore - tuning.voicingChangeCost;
      for (const before of this.#candidates) {
        const jump = tuning.jumpCost * Math.abs(candidate.logLag - before.logLag);
        inherited = Math.max(inherited, before.score - jump);
      }
      return { ...candidate, score: candidate.score + inherited };
    });
    for (const candidate of next) {
      highest = Math.max(highest, candidate.peak);
      if (candidate.score > best) {
        best = candidate.score;
        chosen = candidate;
      }
    }
    this.#unvoicedScore = tuning.memory * (unvoiced + tuning.unvoicedScore - best);
    this.#candidates = next.map((c) => ({ ...c, score: tuning.memory * (c.score - best) }));
    this.#f0Hz = chosen === null ? 0 : rateHz / chosen.lag;
    this.#strength = chosen === null ? highest : chosen.peak;
  }
}
