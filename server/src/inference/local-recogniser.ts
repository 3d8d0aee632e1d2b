/** A recogniser in the thread of its session. */
import { type BatchScheduler, type ChannelSummary, StreamRecogniser, UndertoneError } from '@undertone/core';
import type { RecogniserCallbacks, RecogniserHandle, RecogniserOptions } from './recogniser-handle.ts';

export class LocalRecogniser implements RecogniserHandle {
  readonly #recogniser: StreamRecogniser;
  readonly #callbacks: RecogniserCallbacks;
  readonly #framesPerMs: number;

  constructor(scheduler: BatchScheduler, options: RecogniserOptions, callbacks: RecogniserCallbacks) {
    const { onEvents, onError } = callbacks;
    this.#callbacks = callbacks;
    this.#recogniser = new StreamRecogniser(scheduler, { ...options, onEvents, onError });
    const { sampleRate, hopSamples } = scheduler.model.manifest.features;
    const analysed = options.analysed?.filter(Boolean).length ?? options.channels;
    this.#framesPerMs = (Math.max(1, analysed) * sampleRate) / hopSamples / 1000;
  }

  get receivedSamples(): number {
    return this.#recogniser.receivedSamples;
  }

  get remainderBytes(): number {
    return this.#recogniser.remainderBytes;
  }

  get pendingMs(): number {
    return this.#recogniser.pendingFrames / this.#framesPerMs;
  }

  accept(bytes: Uint8Array): void {
    try {
      this.#recogniser.accept(bytes);
    } catch (error) {
      if (!(error instanceof UndertoneError) || error.code !== 'bad_audio') throw error;
      this.#callbacks.onBadAudio(error, bytes.length);
    }
  }

  drained(): Promise<void> {
    return this.#recogniser.drained();
  }

  finalize(): Promise<void> {
    return this.#recogniser.finalize();
  }

  finish(): Promise<readonly ChannelSummary[]> {
    return this.#recogniser.finish();
  }

  close(): void {
    this.#recogniser.close();
  }
}
