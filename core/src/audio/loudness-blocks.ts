/**
 * Loudness of 400 ms blocks every 100 ms as ITU-R BS.1770-4 has it: K-weighting (a shelf for the head, a high-pass), mean
 * square, -0.691 + 10 log10. The standard tabulates its filters for 48 kHz; here they are made for the rate at hand
 * from the analogue prototype behind that table (as in libebur128, which the EBU's test vectors confirm).
 */
import { UndertoneError } from '../errors.ts';
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import { Biquad, type BiquadCoefficients } from './biquad.ts';

/** `k`: loudness in LUFS. `none`: the plain root mean square in dB of full scale. */
export type LoudnessWeighting = 'k' | 'none';

/** The shelf of about +4 dB over 1.7 kHz (stage 1) and the high-pass at 38 Hz (stage 2) of K-weighting. */
export function kWeighting(sampleRateHz: number): readonly [BiquadCoefficients, BiquadCoefficients] {
  return [shelf(sampleRateHz), highPass(sampleRateHz)];
}

function shelf(sampleRateHz: number): BiquadCoefficients {
  const q = 0.7071752369554196;
  const k = Math.tan((Math.PI * 1681.974450955533) / sampleRateHz);
  const high = 10 ** (3.999843853973347 / 20);
  const band = high ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return {
    b: [
      (high + (band * k) / q + k * k) / a0,
      (2 * (k * k - high)) / a0,
      (high - (band * k) / q + k * k) / a0,
    ],
    a: [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0],
  };
}

function highPass(sampleRateHz: number): BiquadCoefficients {
  const q = 0.5003270373238773;
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRateHz);
  const a0 = 1 + k / q + k * k;
  return { b: [1, -2, 1], a: [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0] };
}

/** Mean square of a block whose loudness is `lufs` (with K-weighting), and back. */
export function meanSquareOf(weighting: LoudnessWeighting, level: number): number {
  return 10 ** ((level - offsetDb(weighting)) / 10);
}

export function levelOf(weighting: LoudnessWeighting, meanSquare: number): number {
  return offsetDb(weighting) + 10 * Math.log10(meanSquare);
}

/** Makes a sine of 1 kHz at 0 dBFS read -3.01 LUFS in spite of the shelf (BS.1770-4, annex 1). */
function offsetDb(weighting: LoudnessWeighting): number {
  return weighting === 'k' ? -0.691 : 0;
}

const hopsPerBlock = 4;

/** Mean squares of overlapping blocks of a stream of samples. */
export class LoudnessBlocks {
  /** Samples between blocks: 100 ms. */
  readonly hopSamples: number;
  /** Sum of squares of the last four hops, a ring. */
  readonly #hops = new Float64Array(hopsPerBlock);
  readonly #shelf: Biquad | null;
  readonly #highPass: Biquad | null;
  #filled = 0;
  #hopCount = 0;
  #sum = 0;

  /** Throws `bad_parameter` for a rate that is no multiple of 10 Hz or under 8 kHz. */
  constructor(weighting: LoudnessWeighting, sampleRateHz = 16000) {
    if (!(sampleRateHz >= 8000) || sampleRateHz % 10 !== 0) {
      throw new UndertoneError(
        'bad_parameter',
        `loudness needs a rate of at least 8000 Hz that is a multiple of 10, got ${sampleRateHz}`,
      );
    }
    const [first, second] = kWeighting(sampleRateHz);
    this.hopSamples = sampleRateHz / 10;
    this.#shelf = weighting === 'k' ? new Biquad(first) : null;
    this.#highPass = weighting === 'k' ? new Biquad(second) : null;
  }

  /** Takes one sample; values that are not finite count as 0. Returns whether a hop ended with it. */
  add(sample: number): boolean {
    let x = Number.isFinite(sample) ? sample : 0;
    if (this.#shelf !== null) x = this.#highPass!.next(this.#shelf.next(x));
    this.#sum += x * x;
    if (++this.#filled < this.hopSamples) return false;
    this.#hops[this.#hopCount++ % hopsPerBlock] = this.#sum;
    this.#sum = 0;
    this.#filled = 0;
    return true;
  }

  /** Mean square of the block that ended with the last whole hop; null before four hops. */
  meanSquare(): number | null {
    return this.#hopCount < hopsPerBlock ? null : this.#hopSum() / (hopsPerBlock * this.hopSamples);
  }

  /** As `meanSquare`, over the hops there are so far. */
  earlyMeanSquare(): number {
    return this.#hopSum() / (Math.max(1, Math.min(hopsPerBlock, this.#hopCount)) * this.hopSamples);
  }

  /** Mean square of the last whole hop alone. */
  hopMeanSquare(): number {
    return this.#hops[(this.#hopCount + hopsPerBlock - 1) % hopsPerBlock]! / this.hopSamples;
  }

  writeState(writer: StateWriter): void {
    this.#shelf?.writeState(writer);
    this.#highPass?.writeState(writer);
    writer.array(this.#hops);
    writer.number(this.#sum);
    writer.count(this.#filled);
    writer.count(this.#hopCount);
  }

  readState(reader: StateReader): void {
    this.#shelf?.readState(reader);
    this.#highPass?.readState(reader);
    reader.array(this.#hops, 0);
    this.#sum = reader.number(0);
    this.#filled = reader.count(this.hopSamples - 1);
    this.#hopCount = reader.count();
  }

  #hopSum(): number {
    return this.#hops[0]! + this.#hops[1]! + this.#hops[2]! + this.#hops[3]!;
  }
}
