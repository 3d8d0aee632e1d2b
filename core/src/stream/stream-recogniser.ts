/**
 * One stream: bytes in, events out. Decodes, resamples and computes each frame once as the bytes come, and leaves
 * the network to the scheduler. Used unchanged by the server and by the local recogniser of the SDK.
 */
import { type AudioEncoding, PcmDecoder } from '../audio/pcm-decoder.ts';
import { UndertoneError } from '../errors.ts';
import type { InputShift } from '../features/causal-normaliser.ts';
import { SignalKernel } from '../features/signal-path.ts';
import { Conversation, type ConversationSummary, type Spurt } from '../sentiment/conversation.ts';
import type { BatchScheduler, ScheduledChannel } from './batch-scheduler.ts';
import { ChannelRecogniser, type ChannelSettings } from './channel-recogniser.ts';
import { DrainWaiters } from './drain-waiters.ts';
import type { ChannelSummary, RecogniserEvent } from './events.ts';
import { checkHeader, type SnapshotFormat, writeHeader } from './snapshot-header.ts';
import { StateReader } from './state-reader.ts';
import { StateWriter } from './state-writer.ts';
import { StreamChannel } from './stream-channel.ts';
import {
  changedSettings,
  readSettings,
  type StreamChange,
  type StreamSettings,
  streamDefaults,
  writeSettings,
} from './stream-settings.ts';

/** What is not said of the settings is as in `streamDefaults`; every channel is analysed. */
export interface StreamRecogniserOptions extends StreamChange {
  readonly encoding: AudioEncoding;
  /** Sample rate of the bytes, 8000 to 48000. */
  readonly sampleRateHz: number;
  /** Interleaved channels. */
  readonly channels: number;
  /** The stream goes on where `snapshot()` was called, with the settings it had there; those given here do not count. */
  readonly snapshot?: Uint8Array;
  /** Events in the order of their channel's audio. */
  readonly onEvents: (events: readonly RecogniserEvent[]) => void;
  /** The stream is over: the model failed, or audio came after the scheduler was closed. Called once at most. */
  readonly onError: (error: UndertoneError) => void;
}

/** Longest segment; longer speech is cut into several. */
const maxSegmentMs = 30_000;

interface Channel {
  readonly scheduled: ScheduledChannel;
  readonly signal: StreamChannel;
  drained: boolean;
}

/** Of the thread: a snapshot is written in one go. */
const writer = new StateWriter();

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
  readonly #format: SnapshotFormat;
  readonly #onEvents: StreamRecogniserOptions['onEvents'];
  readonly #onError: StreamRecogniserOptions['onError'];
  readonly #decoder: PcmDecoder;
  #settings: StreamSettings;
  /** Null where a channel has never been analysed. */
  readonly #channels: (Channel | null)[];
  /** Of a stream with two channels. */
  readonly #conversation: Conversation | null;
  #acceptedSamples = 0;
  readonly #waiters = new DrainWaiters();
  #state: 'open' | 'finishing' | 'closed' = 'open';
  /** Why the stream was closed, if it was not by its owner. */
  #failure: UndertoneError | null = null;

  /**
   * @throws UndertoneError `bad_parameter`; `bad_checkpoint` for a snapshot that is damaged, of another version of
   * Undertone, another model, sample rate or number of channels
   */
  constructor(scheduler: BatchScheduler, options: StreamRecogniserOptions) {
    this.#scheduler = scheduler;
    this.#onEvents = options.onEvents;
    this.#onError = options.onError;
    this.#format = {
      model: scheduler.model,
      sampleRateHz: options.sampleRateHz,
      channels: options.channels,
    };
    this.#decoder = new PcmDecoder(options.encoding, options.channels);
    this.#settings = changedSettings({ ...streamDefaults, analysed: [] }, options, options.channels);
    this.#channels = new Array<Channel | null>(options.channels).fill(null);
    this.#conversation = options.channels === 2 ? new Conversation() : null;
    if (options.snapshot) this.#restore(options.snapshot);
    else this.#openAnalysed();
  }

  /** Samples per channel received so far, on the stream's 16 kHz clock, with those that were skipped. */
  get receivedSamples(): number {
    const { sampleRate } = this.#scheduler.model.manifest.features;
    return Math.floor((this.#acceptedSamples * sampleRate) / this.#format.sampleRateHz);
  }

  /** Whole samples per channel of the source that were accepted or skipped: the stream's position. */
  get acceptedSamples(): number {
    return this.#acceptedSamples;
  }

  /** Bytes of an incomplete sample that wait for their rest. */
  get remainderBytes(): number {
    return this.#decoder.remainderBytes;
  }

  /** How far each channel that was heard enough is from the training corpus, also after `finish`. */
  get inputShifts(): readonly InputShift[] {
    return this.#channels.flatMap((channel) => channel?.signal.inputShift ?? []);
  }

  /** Frames not yet recognised, over all channels. */
  get pendingFrames(): number {
    let frames = 0;
    for (const channel of this.#channels) frames += channel?.signal.recogniser.pendingFrames ?? 0;
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
    const samples = decoded[0]!.length;
    if (samples === 0) return;
    this.#acceptedSamples += samples;
    for (let i = 0; i < decoded.length; i++) {
      const channel = this.#channels[i]!;
      if (channel === null) continue;
      if (this.#settings.analysed[i]) {
        channel.signal.accept(decoded[i]!);
        if (channel.signal.recogniser.pendingSteps > 0) this.#notify(channel);
      } else if (channel.signal.skip(samples)) {
        this.#notify(channel);
      }
    }
  }

  /**
   * Audio of `sourceSamples` samples per channel is missing here. The clock goes on; up to 200 ms count as silence, and
   * more end an open segment as a pause would. Bytes of an incomplete sample before the gap are dropped.
   * @throws UndertoneError `bad_parameter` unless it is a count
   */
  skip(sourceSamples: number): void {
    this.#expectOpen();
    if (!Number.isSafeInteger(sourceSamples) || sourceSamples < 0) {
      throw new UndertoneError('bad_parameter', `Expected a count of samples to skip; got ${sourceSamples}.`);
    }
    this.#decoder.dropRemainder();
    if (sourceSamples === 0) return;
    this.#acceptedSamples += sourceSamples;
    for (const channel of this.#channels) if (channel?.signal.skip(sourceSamples)) this.#notify(channel);
  }

  /**
   * Changes settings from the next sample on. A channel that is no longer analysed hears a gap.
   * @throws UndertoneError `bad_parameter`
   */
  configure(change: StreamChange): void {
    this.#expectOpen();
    this.#settings = changedSettings(this.#settings, change, this.#format.channels);
    const settings = this.#channelSettings();
    for (const channel of this.#channels) {
      if (!channel) continue;
      channel.signal.recogniser.markSettings(settings);
      this.#notify(channel);
    }
    this.#openAnalysed();
  }

  /** Resolves when all audio accepted so far has been recognised and its events delivered; rejects if it never will. */
  drained(): Promise<void> {
    if (this.#state === 'closed') return Promise.reject(this.#failure ?? closedError());
    if (this.#isDrained()) return Promise.resolve();
    return this.#waiters.wait();
  }

  /**
   * The whole state of the stream at `acceptedSamples`, to be given to a new one, which goes on from there with the same
   * events and numbers. Settings are part of it, the bytes of an incomplete sample are not.
   * @throws UndertoneError `internal` unless the stream is drained
   */
  snapshot(): Uint8Array {
    this.#expectOpen();
    if (!this.#isDrained()) {
      throw new UndertoneError('internal', 'Expected a drained stream to take a snapshot of; frames wait.');
    }
    writer.reset();
    writeHeader(this.#format, writer);
    writer.count(this.#acceptedSamples);
    writeSettings(this.#settings, writer);
    for (const channel of this.#channels) {
      writer.flag(channel !== null);
      channel?.signal.writeState(writer);
    }
    this.#conversation?.writeState(writer);
    return writer.finish();
  }

  /** Ends open segments at this point of the audio with a final result. */
  finalize(): Promise<void> {
    this.#expectOpen();
    for (const channel of this.#channels) {
      if (!channel) continue;
      channel.signal.recogniser.markFinalize();
      this.#notify(channel);
    }
    return this.drained();
  }

  /**
   * Ends the audio: open segments get their final result, then every channel that was analysed its summary. Afterwards
   * the stream is closed.
   */
  async finish(): Promise<readonly ChannelSummary[]> {
    this.#expectOpen();
    this.#state = 'finishing';
    const summaries: ChannelSummary[] = [];
    for (const channel of this.#channels) {
      if (!channel) continue;
      channel.signal.flush();
      channel.signal.recogniser.markEnd(this.receivedSamples, (summary) => summaries.push(summary));
      this.#notify(channel);
    }
    await this.drained();
    this.close();
    summaries.sort((a, b) => a.channel - b.channel);
    const conversation = this.#conversationSummary();
    return conversation ? summaries.map((summary) => ({ ...summary, conversation })) : summaries;
  }

  /** Drops everything that waits. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const channel of this.#channels) if (channel) this.#scheduler.remove(channel.scheduled);
    this.#waiters.reject(closedError());
  }

  #restore(snapshot: Uint8Array): void {
    const reader = new StateReader(snapshot);
    checkHeader(this.#format, reader);
    this.#acceptedSamples = reader.count();
    this.#settings = readSettings(reader, this.#format.channels);
    for (let i = 0; i < this.#channels.length; i++) {
      if (!reader.flag()) continue;
      const channel = this.#openChannel(i);
      channel.signal.readState(reader);
      this.#channels[i] = channel;
    }
    this.#conversation?.readState(reader);
    reader.finish();
    this.#openAnalysed();
  }

  /** Opens the channels that are analysed for the first time; what came before is a gap to them. */
  #openAnalysed(): void {
    for (const [i, analysed] of this.#settings.analysed.entries()) {
      if (!analysed || this.#channels[i]) continue;
      const channel = this.#openChannel(i);
      if (this.#acceptedSamples > 0) channel.signal.skip(this.#acceptedSamples);
      this.#channels[i] = channel;
    }
  }

  #openChannel(index: number): Channel {
    const { model } = this.#scheduler;
    const recogniser = new ChannelRecogniser(
      model,
      { channel: index, maxSegmentSamples: this.#toSamples(maxSegmentMs), ...this.#channelSettings() },
      (event) => this.#onEvents([event]),
      (spurt) => this.#hearSpurt(index, spurt),
    );
    const channel: Channel = {
      signal: new StreamChannel(
        kernelOf(this.#scheduler),
        model.manifest,
        this.#format.sampleRateHz,
        recogniser,
      ),
      drained: true,
      scheduled: {
        recogniser,
        turn: 'idle',
        onError: (error) => this.#fail(error),
        onDrained: () => {
          channel.drained = true;
          if (this.#isDrained()) this.#waiters.resolve();
        },
      },
    };
    return channel;
  }

  #hearSpurt(index: number, spurt: Spurt): void {
    if (!this.#conversation) return;
    // A channel that was never analysed has nothing to say about the past.
    const [first, second] = this.#channels.map(
      (channel) => channel?.signal.recogniser.reachedSample ?? Number.POSITIVE_INFINITY,
    );
    this.#conversation.hear(index === 0 ? 0 : 1, spurt, [first!, second!]);
  }

  /** Null unless both channels were analysed. */
  #conversationSummary(): ConversationSummary | null {
    const [first, second] = this.#channels;
    if (!this.#conversation || !first || !second) return null;
    const missing = Math.min(first.signal.recogniser.missingSamples, second.signal.recogniser.missingSamples);
    return this.#conversation.finish(this.receivedSamples, missing);
  }

  #channelSettings(): ChannelSettings {
    const { intervalMs, windowMs, endpointingMs, interimResults, trendMs } = this.#settings;
    return {
      intervalSamples: this.#toSamples(intervalMs),
      windowSamples: this.#toSamples(windowMs),
      endpointingSamples: this.#toSamples(endpointingMs),
      interimResults,
      trendSamples: this.#toSamples(trendMs),
    };
  }

  #toSamples(ms: number): number {
    return Math.round((ms * this.#scheduler.model.manifest.features.sampleRate) / 1000);
  }

  #isDrained(): boolean {
    return this.#channels.every((channel) => channel === null || channel.drained);
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
    this.#waiters.reject(error);
    this.#onError(error);
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
