/**
 * One stream: bytes in, events out. Decodes, resamples and computes each frame once as the bytes come, and leaves
 * the network to the scheduler. Used unchanged by the server and by the local recogniser of the SDK.
 */
import { type AudioEncoding, PcmDecoder } from '../audio/pcm-decoder.ts';
import { Resampler } from '../audio/resampler.ts';
import { UndertoneError } from '../errors.ts';
import { RawSignalPath, type ReserveFrames, SignalKernel } from '../features/signal-path.ts';
import { createModelInputs, type ModelInputs } from '../model/model-inputs.ts';
import type { BatchScheduler, ScheduledChannel } from './batch-scheduler.ts';
import { ChannelRecogniser } from './channel-recogniser.ts';
import type { ChannelSummary, RecogniserEvent } from './events.ts';

export interface StreamRecogniserOptions {
  readonly encoding: AudioEncoding;
  /** Sample rate of the bytes, 8000 to 48000. */
  readonly sampleRateHz: number;
  /** Interleaved channels. */
  readonly channels: number;
  /** Which channels are recognised; the samples of the others are dropped before any feature. Default: all. */
  readonly analysed?: readonly boolean[];
  /** Audio between interim results, 250 to 10000. */
  readonly intervalMs?: number;
  /** The newest part of a segment that an interim result covers, 1000 to 30000. */
  readonly windowMs?: number;
  /** Pause that ends a segment, 100 to 5000. */
  readonly endpointingMs?: number;
  readonly interimResults?: boolean;
  /** Events in the order of their channel's audio. */
  readonly onEvents: (events: readonly RecogniserEvent[]) => void;
  /** The stream is over: the model failed, or audio came after the scheduler was closed. Called once at most. */
  readonly onError: (error: UndertoneError) => void;
}

export interface StreamDefaults {
  readonly intervalMs: number;
  readonly windowMs: number;
  readonly endpointingMs: number;
  readonly interimResults: boolean;
}

export const streamDefaults: StreamDefaults = {
  intervalMs: 1000,
  windowMs: 5000,
  endpointingMs: 500,
  interimResults: true,
};

/** Longest segment; longer speech is cut into several. */
const maxSegmentMs = 30_000;

interface Channel {
  readonly scheduled: ScheduledChannel;
  readonly recogniser: ChannelRecogniser;
  readonly resampler: Resampler;
  readonly path: RawSignalPath;
  readonly inputs: ModelInputs;
  readonly reserve: ReserveFrames;
  drained: boolean;
}

const kernels = new WeakMap<object, SignalKernel>();

/** The thread's signal kernel for this scheduler's model. */
function kernelOf(scheduler: BatchScheduler): SignalKernel {
  let kernel = kernels.get(scheduler);
  if (!kernel) {
    kernel = new SignalKernel(scheduler.model.manifest.features);
    kernels.set(scheduler, kernel);
  }
  return kernel;
}

export class StreamRecogniser {
  readonly #scheduler: BatchScheduler;
  readonly #options: StreamRecogniserOptions;
  readonly #decoder: PcmDecoder;
  /** Null where a channel is not analysed. */
  readonly #channels: readonly (Channel | null)[];
  #receivedSamples = 0;
  #waiters: { resolve: () => void; reject: (error: UndertoneError) => void }[] = [];
  #state: 'open' | 'finishing' | 'closed' = 'open';
  /** Why the stream was closed, if it was not by its owner. */
  #failure: UndertoneError | null = null;

  constructor(scheduler: BatchScheduler, options: StreamRecogniserOptions) {
    this.#scheduler = scheduler;
    this.#options = options;
    this.#decoder = new PcmDecoder(options.encoding, options.channels);
    this.#channels = Array.from({ length: options.channels }, (_, i) =>
      (options.analysed?.[i] ?? true) ? this.#openChannel(i) : null,
    );
  }

  /** Samples per channel received so far, on the stream's 16 kHz clock. */
  get receivedSamples(): number {
    const { sampleRate } = this.#scheduler.model.manifest.features;
    return Math.floor((this.#receivedSamples * sampleRate) / this.#options.sampleRateHz);
  }

  /** Bytes of an incomplete sample that wait for their rest. */
  get remainderBytes(): number {
    return this.#decoder.remainderBytes;
  }

  /** Frames not yet recognised, over all channels. */
  get pendingFrames(): number {
    let frames = 0;
    for (const channel of this.#channels) frames += channel?.recogniser.pendingFrames ?? 0;
    return frames;
  }

  /**
   * Takes audio bytes, split anywhere. Features are computed before it returns.
   * @throws UndertoneError `bad_audio` when the bytes cannot be decoded: all of them are dropped, and the stream goes on
   * without them
   */
  accept(bytes: Uint8Array): void {
    this.#expectOpen();
    const decoded = this.#decoder.decode(bytes);
    this.#receivedSamples += decoded[0]?.length ?? 0;
    for (const [i, channel] of this.#channels.entries()) {
      if (channel) this.#acceptSamples(channel, channel.resampler.process(decoded[i]!));
    }
  }

  /** Resolves when all audio accepted so far has been recognised and its events delivered; rejects if it never will. */
  drained(): Promise<void> {
    if (this.#state === 'closed') return Promise.reject(this.#failure ?? closedError());
    if (this.#channels.every((channel) => !channel || channel.drained)) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Ends open segments at this point of the audio with a final result. */
  finalize(): Promise<void> {
    this.#expectOpen();
    for (const channel of this.#channels) {
      if (!channel) continue;
      channel.recogniser.markFinalize();
      this.#notify(channel);
    }
    return this.drained();
  }

  /**
   * Ends the audio: open segments get their final result, then every analysed channel its summary. Afterwards the
   * stream is closed.
   */
  async finish(): Promise<readonly ChannelSummary[]> {
    this.#expectOpen();
    this.#state = 'finishing';
    const summaries: ChannelSummary[] = [];
    for (const channel of this.#channels) {
      if (!channel) continue;
      this.#acceptSamples(channel, channel.resampler.flush());
      channel.inputs.accept(channel.path.flush(), channel.reserve);
      channel.recogniser.markEnd(this.receivedSamples, (summary) => summaries.push(summary));
      this.#notify(channel);
    }
    await this.drained();
    this.close();
    return summaries.sort((a, b) => a.channel - b.channel);
  }

  /** Drops everything that waits. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const channel of this.#channels) if (channel) this.#scheduler.remove(channel.scheduled);
    this.#settle(closedError());
  }

  #openChannel(index: number): Channel {
    const { manifest } = this.#scheduler.model;
    const { features } = manifest;
    const toSamples = (ms: number): number => Math.round((ms * features.sampleRate) / 1000);
    const options = this.#options;
    const recogniser = new ChannelRecogniser(
      this.#scheduler.model,
      {
        channel: index,
        intervalSamples: toSamples(options.intervalMs ?? streamDefaults.intervalMs),
        windowSamples: toSamples(options.windowMs ?? streamDefaults.windowMs),
        endpointingSamples: toSamples(options.endpointingMs ?? streamDefaults.endpointingMs),
        maxSegmentSamples: toSamples(maxSegmentMs),
        interimResults: options.interimResults ?? streamDefaults.interimResults,
      },
      (event) => options.onEvents([event]),
    );
    const channel: Channel = {
      recogniser,
      resampler: new Resampler(options.sampleRateHz, features.sampleRate),
      path: new RawSignalPath(kernelOf(this.#scheduler)),
      inputs: createModelInputs(manifest),
      reserve: (frames) => recogniser.reserveFrames(frames),
      drained: true,
      scheduled: {
        recogniser,
        onError: (error) => this.#fail(error),
        onDrained: () => {
          channel.drained = true;
          if (this.#channels.every((other) => !other || other.drained)) this.#settle(null);
        },
      },
    };
    return channel;
  }

  #acceptSamples(channel: Channel, samples: Float32Array): void {
    channel.inputs.accept(channel.path.accept(samples), channel.reserve);
    if (channel.recogniser.pendingSteps > 0) this.#notify(channel);
  }

  #notify(channel: Channel): void {
    channel.drained = false;
    this.#scheduler.notify(channel.scheduled);
  }

  #fail(error: UndertoneError): void {
    if (this.#state === 'closed') return;
    this.#failure = error;
    this.#state = 'closed';
    for (const channel of this.#channels) if (channel) this.#scheduler.remove(channel.scheduled);
    this.#settle(error);
    this.#options.onError(error);
  }

  #settle(error: UndertoneError | null): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (error) waiter.reject(error);
      else waiter.resolve();
    }
  }

  #expectOpen(): void {
    if (this.#state === 'open') return;
    throw new UndertoneError(
      'audio_after_close',
      'Expected audio while the stream is open; it was ended before.',
    );
  }
}

function closedError(): UndertoneError {
  return new UndertoneError('aborted', 'The stream was closed before its audio was recognised.');
}
