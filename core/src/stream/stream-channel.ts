/** The way of one channel of a stream from its samples to what waits for the network, and what is missing between them. */
import { Resampler } from '../audio/resampler.ts';
import type { InputShift } from '../features/causal-normaliser.ts';
import { RawSignalPath, type ReserveFrames, type SignalKernel } from '../features/signal-path.ts';
import type { Manifest } from '../model/manifest.ts';
import { createModelInputs, type ModelInputs } from '../model/model-inputs.ts';
import type { ChannelRecogniser } from './channel-recogniser.ts';
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';
import type { Stateful } from './stateful.ts';

/** Missing audio up to this length is heard as silence. */
const longestBridgeS = 0.2;

export class StreamChannel implements Stateful {
  readonly recogniser: ChannelRecogniser;
  readonly #resampler: Resampler;
  readonly #path: RawSignalPath;
  readonly #inputs: ModelInputs;
  readonly #reserve: ReserveFrames;
  readonly #bridgeSamples: number;
  /** Source samples missing since the last one heard; at most `#bridgeSamples` are counted. Nothing precedes a stream. */
  #missing: number;
  /** Source samples of all gaps beyond what was heard as silence. */
  #skipped = 0;

  constructor(kernel: SignalKernel, manifest: Manifest, sampleRateHz: number, recogniser: ChannelRecogniser) {
    this.recogniser = recogniser;
    this.#resampler = new Resampler(sampleRateHz, manifest.features.sampleRate);
    this.#path = new RawSignalPath(kernel);
    this.#inputs = createModelInputs(manifest);
    this.#reserve = (frames) => recogniser.reserveFrames(frames);
    this.#bridgeSamples = Math.round(longestBridgeS * sampleRateHz);
    this.#missing = this.#bridgeSamples;
  }

  /** See `ModelInputs.shift`. */
  get inputShift(): InputShift | null {
    return this.#inputs.shift;
  }

  /** Takes source samples. */
  accept(samples: Float32Array): void {
    this.#missing = 0;
    this.#feed(this.#resampler.process(samples));
  }

  /**
   * Source samples that are missing or must not be heard: silence where they are few, a gap where they are many. However
   * they are counted out, the result is the same.
   * @returns whether the scheduler has something to do
   */
  skip(count: number): boolean {
    const bridged = Math.min(count, this.#bridgeSamples - this.#missing);
    if (bridged > 0) {
      this.#missing += bridged;
      this.#feed(this.#resampler.process(new Float32Array(bridged)));
    }
    if (bridged === count) return this.recogniser.pendingSteps > 0;
    this.#skipped += count - bridged;
    const { fromHz, toHz } = this.#resampler;
    return (
      this.recogniser.markGap(Math.floor((this.#skipped * toHz) / fromHz)) || this.recogniser.pendingSteps > 0
    );
  }

  /** Feeds what filters still hold. Ends the stream. */
  flush(): void {
    this.#feed(this.#resampler.flush());
    this.#inputs.accept(this.#path.flush(), this.#reserve);
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#missing);
    writer.count(this.#skipped);
    for (const part of [this.#resampler, this.#path, this.#inputs, this.recogniser]) part.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#missing = reader.count(this.#bridgeSamples);
    this.#skipped = reader.count();
    for (const part of [this.#resampler, this.#path, this.#inputs, this.recogniser]) part.readState(reader);
  }

  #feed(samples: Float32Array): void {
    this.#inputs.accept(this.#path.accept(samples), this.#reserve);
  }
}
