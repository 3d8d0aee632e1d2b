/** A model served in the thread of the test, so that the test can look into it and break it. */
import {
  BatchScheduler,
  type ChannelSummary,
  type ModelRuntime,
  type StreamChange,
  StreamRecogniser,
  UndertoneError,
} from '@undertone/core';
import type {
  RecogniserCallbacks,
  RecogniserHandle,
  RecogniserOptions,
} from '../../server/src/inference/recogniser-handle.ts';
import type { ServedModel } from '../../server/src/inference/served-models.ts';

export function localModel(model: ModelRuntime): ServedModel {
  const scheduler = new BatchScheduler(model);
  const { manifest, stepFrames } = model;
  return {
    id: `${manifest.name}@${manifest.version}`,
    manifest,
    stepFrames,
    open: (options, callbacks) => new LocalRecogniser(scheduler, options, callbacks),
  };
}

class LocalRecogniser implements RecogniserHandle {
  readonly #recogniser: StreamRecogniser;
  readonly #callbacks: RecogniserCallbacks;
  readonly #framesPerMs: number;

  constructor(scheduler: BatchScheduler, options: RecogniserOptions, callbacks: RecogniserCallbacks) {
    const { onEvents, onError } = callbacks;
    this.#callbacks = callbacks;
    const { restore, checkpointMs: _, ...rest } = options;
    const snapshot = restore ? { snapshot: restore.snapshot } : {};
    this.#recogniser = new StreamRecogniser(scheduler, { ...rest, ...snapshot, onEvents, onError });
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

  skip(sourceSamples: number): void {
    this.#recogniser.skip(sourceSamples);
  }

  configure(change: StreamChange): void {
    this.#recogniser.configure(change);
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
