/**
 * Advances every stream of a process: frames that are due are gathered across channels and run through the network
 * in one call, then the head judges everything that is to be reported in one more. A channel is in at most one
 * call at a time and waits its turn in a round, so that a long file never starves a live stream.
 */
import { UndertoneError } from '../errors.ts';
import type { ModelRuntime } from '../model/model-runtime.ts';
import type { ChannelRecogniser, DueResult } from './channel-recogniser.ts';

export interface BatchStats {
  /** Channels in the call. */
  readonly batch: number;
  /** Frames per channel. */
  readonly frames: number;
  readonly seconds: number;
}

export interface BatchSchedulerOptions {
  /** Most channels per call; beyond 32 nothing is gained. */
  readonly maxBatch?: number;
  /** Most steps per channel and call, so that a file in one piece is cut into turns. Default: 640 ms of audio. */
  readonly maxSteps?: number;
  /** Runs the gathering a little later, so that frames of several streams meet. Default: the next microtask. */
  readonly defer?: (run: () => void) => void;
  /** Monotonic seconds, for `onBatch`. */
  readonly now?: () => number;
  readonly onBatch?: (stats: BatchStats) => void;
}

const framesPerTurn = 64;

/** A channel together with those who wait for it. */
export interface ScheduledChannel {
  readonly recogniser: ChannelRecogniser;
  /** The model or the delivery failed, or the scheduler was closed; the channel has been removed. */
  onError(error: UndertoneError): void;
  /** Nothing waits any more. */
  onDrained(): void;
}

interface Batch {
  readonly channels: readonly ScheduledChannel[];
  readonly steps: number;
}

export class BatchScheduler {
  readonly model: ModelRuntime;
  readonly #maxBatch: number;
  readonly #maxSteps: number;
  readonly #defer: (run: () => void) => void;
  readonly #now: () => number;
  readonly #onBatch: ((stats: BatchStats) => void) | undefined;
  /** Channels with something to do, oldest turn first; insertion order of a Set is the round. */
  readonly #due = new Set<ScheduledChannel>();
  readonly #removed = new WeakSet<ScheduledChannel>();
  #features = new Float32Array(0);
  #state = new Float32Array(0);
  /** From the moment a run is asked for until it found nothing more to do. */
  #busy = false;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(model: ModelRuntime, options: BatchSchedulerOptions = {}) {
    this.model = model;
    this.#maxBatch = options.maxBatch ?? 32;
    this.#maxSteps = options.maxSteps ?? Math.max(1, Math.floor(framesPerTurn / model.stepFrames));
    this.#defer = options.defer ?? ((run) => void Promise.resolve().then(run));
    this.#now = options.now ?? (() => 0);
    this.#onBatch = options.onBatch;
  }

  /** Tells the scheduler that a channel may have frames or markers due; one that is closed answers `going_away`. */
  notify(channel: ScheduledChannel): void {
    if (this.#removed.has(channel)) return;
    if (this.#closed) {
      this.#end([channel], closedError());
      return;
    }
    this.#due.add(channel);
    if (this.#busy) return;
    this.#busy = true;
    this.#defer(() => {
      this.#running = this.#run();
    });
  }

  /** Forgets a channel; outputs still in flight for it are dropped. */
  remove(channel: ScheduledChannel): void {
    this.#removed.add(channel);
    this.#due.delete(channel);
  }

  /** Stops after the call in flight. Channels that still wait get `going_away`. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#end([...this.#due], closedError());
    await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      const batch = this.#gather();
      if (batch.channels.length === 0) {
        this.#busy = false;
        return;
      }
      try {
        await this.#advance(batch);
      } catch (cause) {
        this.#fail(batch.channels, cause);
      }
    }
  }

  /** The channel whose turn it is decides the number of steps; others join if they have as many. */
  #gather(): Batch {
    const channels: ScheduledChannel[] = [];
    let steps = 0;
    for (const channel of this.#due) {
      const { pendingSteps, hasDueMarker } = channel.recogniser;
      if (pendingSteps === 0 && !hasDueMarker) {
        this.#due.delete(channel);
        channel.onDrained();
        continue;
      }
      if (channels.length === 0) {
        steps = hasDueMarker ? 0 : 2 ** Math.floor(Math.log2(Math.min(pendingSteps, this.#maxSteps)));
      } else if (steps === 0 ? !hasDueMarker : hasDueMarker || pendingSteps < steps) {
        continue;
      }
      channels.push(channel);
      if (channels.length === this.#maxBatch) break;
    }
    for (const channel of channels) {
      this.#due.delete(channel);
      this.#due.add(channel);
    }
    return { channels, steps };
  }

  async #advance(batch: Batch): Promise<void> {
    const startedAt = this.#now();
    const due = batch.steps === 0 ? this.#takeMarkers(batch.channels) : await this.#step(batch);
    const logits = await this.#judge(due);
    if (batch.steps > 0) {
      const frames = batch.steps * this.model.stepFrames;
      this.#onBatch?.({ batch: batch.channels.length, frames, seconds: this.#now() - startedAt });
    }
    const classes = this.model.manifest.labels.length;
    let row = 0;
    for (const result of due) {
      const own = result.pooled ? logits.subarray(row * classes, ++row * classes) : null;
      if (this.#removed.has(result.channel)) continue;
      try {
        result.deliver(own);
      } catch (cause) {
        this.#fail([result.channel], cause);
      }
    }
  }

  /** `[results with pooled, C]` */
  async #judge(due: readonly OwnedResult[]): Promise<Float32Array> {
    const judged = due.filter((result) => result.pooled !== null);
    if (judged.length === 0) return new Float32Array(0);
    const size = 2 * this.model.valueSize;
    const pooled = new Float32Array(judged.length * size);
    for (const [i, result] of judged.entries()) pooled.set(result.pooled!, i * size);
    return this.model.head(pooled, judged.length);
  }

  #takeMarkers(channels: readonly ScheduledChannel[]): OwnedResult[] {
    return channels.flatMap((channel) => owned(channel, channel.recogniser.takeDueMarkers()));
  }

  async #step({ channels, steps }: Batch): Promise<OwnedResult[]> {
    const { inputSize, stateSize, stepFrames } = this.model;
    const frames = steps * stepFrames;
    const batch = channels.length;
    const featureSize = frames * inputSize;
    if (this.#features.length < batch * featureSize) this.#features = new Float32Array(batch * featureSize);
    if (this.#state.length < batch * stateSize) this.#state = new Float32Array(batch * stateSize);
    for (const [i, { recogniser }] of channels.entries()) {
      recogniser.takeSteps(steps, this.#features, i * featureSize);
      this.#state.set(recogniser.state, i * stateSize);
    }
    const result = await this.model.step({
      batch,
      frames,
      features: this.#features.subarray(0, batch * featureSize),
      state: this.#state.subarray(0, batch * stateSize),
    });
    const due: OwnedResult[] = [];
    for (const [i, channel] of channels.entries()) {
      channel.recogniser.state.set(result.state.subarray(i * stateSize, (i + 1) * stateSize));
      due.push(
        ...owned(
          channel,
          channel.recogniser.acceptSteps({
            values: result.values,
            attention: result.attention,
            speech: result.speech,
            firstStep: i * steps,
            steps,
          }),
        ),
      );
    }
    return due;
  }

  #fail(channels: readonly ScheduledChannel[], cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#end(
      channels,
      new UndertoneError('internal', `Recognising this stream failed: ${reason}`, { cause }),
    );
  }

  #end(channels: readonly ScheduledChannel[], error: UndertoneError): void {
    for (const channel of channels) {
      if (this.#removed.has(channel)) continue;
      this.remove(channel);
      channel.onError(error);
    }
  }
}

function closedError(): UndertoneError {
  return new UndertoneError('going_away', 'The recogniser was closed before this audio was recognised.');
}

type OwnedResult = DueResult & { readonly channel: ScheduledChannel };

function owned(channel: ScheduledChannel, results: readonly DueResult[]): OwnedResult[] {
  return results.map((result) => ({ channel, pooled: result.pooled, deliver: (l) => result.deliver(l) }));
}
