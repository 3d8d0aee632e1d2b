/**
 * How many live channels the server can carry: first from what calibration found, then from what the load shows.
 *
 * The unit is the channel that sends one second of audio per second. What a source of load is busy is divided by the audio
 * heard meanwhile, not by the open streams: a file that is sent as fast as it is taken keeps a thread busy without being
 * many streams, and a stream that is silent today may speak tomorrow.
 */

export interface Costs {
  /** CPU-seconds of recognition per second of audio, as calibrated. */
  readonly recognition: number;
  /** Threads that recognise, beside the main thread. */
  readonly workers: number;
  readonly cores: number;
}

/**
 * CPU-seconds of the main thread per second of audio for sockets, sessions and messages, with packets of 100 ms. Cannot be
 * calibrated without a client; measured with `npm run bench:server-profile`. It counts only until real load shows better.
 */
const transportCost = 0.0003;
/** Calibration errs: measured load may at most show this many times what it found. */
const mostAboveCalibration = 4;
/** Too much load is heeded sooner than too little. */
const worseMemoryMs = 1500;
const betterMemoryMs = 5000;

/** Live channels that would keep the busiest resource fully busy. */
export function calibratedCapacity({ recognition, workers, cores }: Costs): number {
  return Math.min(1 / transportCost, workers / recognition, cores / (transportCost + recognition));
}

/** 0 up to `from`, 1 from `to` on. */
const ramp = (value: number, from: number, to: number): number =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));

export class CapacityEstimate {
  readonly #calibratedCost: number;
  /** Share of the busiest resource that a live channel takes. Costs average rightly, capacities do not. */
  #cost: number;

  /** @param calibrated live channels that would keep the server fully busy */
  constructor(calibrated: number) {
    this.#calibratedCost = 1 / calibrated;
    this.#cost = this.#calibratedCost;
  }

  /** Live channels that would keep the server fully busy. */
  get channels(): number {
    return 1 / this.#cost;
  }

  /**
   * Takes what was seen in the last while. Load that is low says little, because batches are small then and time goes into
   * waking up; nor does load with hardly any audio, as of starting.
   * @param busiest utilisation of the busiest resource, 0 to 1
   * @param audioRate seconds of audio heard per second
   */
  update(busiest: number, audioRate: number, elapsedMs: number): void {
    const shown = audioRate > 0 ? busiest / audioRate : 0;
    const seen = Math.max(shown, this.#calibratedCost / mostAboveCalibration);
    const trust = Math.min(ramp(busiest, 0.2, 0.6), ramp(audioRate, 2, 20));
    const target = trust * seen + (1 - trust) * this.#calibratedCost;
    const memoryMs = target > this.#cost ? worseMemoryMs : betterMemoryMs;
    this.#cost += (1 - Math.exp(-elapsedMs / memoryMs)) * (target - this.#cost);
  }
}
