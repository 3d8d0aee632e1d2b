/** So many callers at a time, one call after another, until told that it is enough. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../load/seeded-random.ts';
import { type FleetCall, makeCall } from './fleet-call.ts';

export interface FleetLoadOptions {
  readonly url: string;
  readonly callers: number;
  readonly stepMs: number;
  readonly pieces: readonly Uint8Array[];
  /** First calls begin within this time: callers do not agree. */
  readonly rampMs: number;
}

export interface MadeCall extends FleetCall {
  /** Of `pieces`. */
  readonly piece: number;
}

/** An application calls again after so long when it is not let in. */
const redialMs = 500;
const maxRedials = 20;

export class FleetLoad {
  readonly calls: MadeCall[] = [];
  /** Calls that were not let in at once, and were made again. */
  redials = 0;
  readonly #options: FleetLoadOptions;
  readonly #callers: readonly Promise<void>[];
  #isEnough = false;
  #made = 0;

  /** Begins at once. */
  constructor(options: FleetLoadOptions) {
    this.#options = options;
    const random = seededRandom(3);
    this.#callers = Array.from({ length: options.callers }, () => this.#call(random() * options.rampMs));
  }

  /** No new calls; resolves when the last one is over. */
  async finish(): Promise<void> {
    this.#isEnough = true;
    await Promise.all(this.#callers);
  }

  async #call(delayMs: number): Promise<void> {
    await sleep(delayMs);
    const { url, stepMs, pieces } = this.#options;
    do {
      const piece = this.#made++ % pieces.length;
      let call: FleetCall;
      let redials = 0;
      for (;;) {
        call = await makeCall({ url, stepMs, audio: pieces[piece]!, pace: 1 });
        if (call.hasBegun || redials === maxRedials) break;
        redials++;
        this.redials++;
        await sleep(redialMs);
      }
      this.calls.push({ ...call, piece });
    } while (!this.#isEnough);
  }
}
