/** Audio of one track that waits for the other; silence that was not sent stands in it as a length. */
export class TrackQueue {
  readonly #bytesPerSample: number;
  readonly #pieces: { samples: number; bytes: Uint8Array | null }[] = [];
  #samples = 0;

  constructor(bytesPerSample: number) {
    this.#bytesPerSample = bytesPerSample;
  }

  /** Samples that wait. */
  get samples(): number {
    return this.#samples;
  }

  /** Samples up to where sound and silence meet next. */
  get firstSamples(): number {
    return this.#pieces[0]?.samples ?? 0;
  }

  pushSilence(samples: number): void {
    this.#push(samples, null);
  }

  pushAudio(bytes: Uint8Array): void {
    this.#push(bytes.length / this.#bytesPerSample, bytes);
  }

  /** @param samples at most `firstSamples` @returns null for silence */
  take(samples: number): Uint8Array | null {
    const first = this.#pieces[0]!;
    const taken = first.bytes?.subarray(0, samples * this.#bytesPerSample) ?? null;
    first.samples -= samples;
    if (first.bytes) first.bytes = first.bytes.subarray(samples * this.#bytesPerSample);
    if (first.samples === 0) this.#pieces.shift();
    this.#samples -= samples;
    return taken;
  }

  #push(samples: number, bytes: Uint8Array | null): void {
    if (samples === 0) return;
    this.#pieces.push({ samples, bytes });
    this.#samples += samples;
  }
}
