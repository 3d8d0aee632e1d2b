/**
 * Advances every stream of a process: frames that are due are gathered across channels and run through the network
 * in one call, then the head judges everything that is to be reported in one more. A channel is in at most one
 * call at a time and waits its turn in a round, so that a long file never starves a live stream.
 */
import { UndertoneError } from '../errors.ts';
import type { ModelRuntime } from '../model/model-runtime.ts';
import type { ChannelRecogniser } from './channel-recogniser.ts';
import type { DueResult } from './channel-reporter.ts';
import { TurnQueue } from './turn-queue.ts';

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
/** How many channels are looked at, in batches, for those that have as many steps. */
const lookAhead = 4;
/** So few channels go together even where they have different numbers of steps. */
const fewChannels = 8;
const nothing = new Float32Array(0);

/** A channel together with those who wait for it. */
export interface ScheduledChannel {
  readonly recogniser: ChannelRecogniser;
  /** Kept by the scheduler; `idle` at first. */
  turn: 'idle' | 'due' | 'removed';
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
  /** Channels with something to do, oldest turn first. Those of the call in flight are not among them. */
  readonly #due = new TurnQueue<ScheduledChannel>();
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
    if (channel.turn !== 'idle') return;
    if (this.#closed) {
      this.#end([channel], closedError());
      return;
    }
    channel.turn = 'due';
    this.#due.add(channel);
    if (this.#busy) return;
    this.#busy = true;
    this.#defer(() => {
      this.#running = this.#run();
    });
  }

  /** Forgets a channel; outputs still in flight for it are dropped. */
  remove(channel: ScheduledChannel): void {
    channel.turn = 'removed';
  }

  /** Stops after the call in flight. Channels that still wait get `going_away`. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#end(this.#due.takeAll(), closedError());
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
      for (const channel of batch.channels) this.#goOn(channel);
    }
  }

  /** After its turn: a channel that still has something to do waits for the next one. */
  #goOn(channel: ScheduledChannel): void {
    if (channel.turn === 'removed') return;
    if (channel.recogniser.pendingSteps === 0 && !channel.recogniser.hasDueMarker) {
      channel.turn = 'idle';
      channel.onDrained();
    } else if (this.#closed) {
      this.#end([channel], closedError());
    } else {
      this.#due.add(channel);
    }
  }

  /**
   * The channel whose turn it is decides the number of steps, all it has up to `maxSteps`; others join that have as many,
   * so that each goes through the network once. Where few wait, they go together with the fewest steps of any.
   */
  #gather(): Batch {
    const waiting = this.#due.take(lookAhead * this.#maxBatch, (channel) => this.#stepsOf(channel) >= 0);
    const channels: ScheduledChannel[] = [];
    let steps = waiting.length > 0 ? this.#stepsOf(waiting[0]!) : 0;
    if (steps > 0 && waiting.length <= fewChannels) {
      for (const channel of waiting) steps = Math.min(steps, this.#stepsOf(channel) || steps);
    }
    const others: ScheduledChannel[] = [];
    for (const channel of waiting) {
      const own = this.#stepsOf(channel);
      const joins = own === steps || (waiting.length <= fewChannels && steps > 0 && own > steps);
      if (joins && channels.length < this.#maxBatch) channels.push(channel);
      else others.push(channel);
    }
    this.#due.putBack(others);
    return { channels, steps };
  }

  /** Steps of the next turn of a channel, 0 for markers; -1 when it has nothing to do and waits no longer. */
  #stepsOf(channel: ScheduledChannel): number {
    if (channel.turn === 'removed') return -1;
    if (channel.recogniser.hasDueMarker) return 0;
    const steps = Math.min(channel.recogniser.pendingSteps, this.#maxSteps);
    if (steps > 0) return steps;
    channel.turn = 'idle';
    channel.onDrained();
    return -1;
  }

  async #advance(batch: Batch): Promise<void> {
    const startedAt = this.#now();
    const due = batch.steps === 0 ? takeMarkers(batch.channels) : await this.#step(batch);
    const logits = await this.#judge(due);
    if (batch.steps > 0) {
      const frames = batch.steps * this.model.stepFrames;
      this.#onBatch?.({ batch: batch.channels.length, frames, seconds: this.#now() - startedAt });
    }
    const classes = this.model.manifest.labels.length;
    let row = 0;
    for (const { channel, result } of due) {
      const own = result.pooled ? logits.subarray(row * classes, ++row * classes) : null;
      if (channel.turn === 'removed') continue;
      try {
        result.deliver(own);
      } catch (cause) {
        this.#fail([channel], cause);
      }
    }
  }

  /** `[results with pooled, C]` */
  async #judge(due: readonly OwnedResult[]): Promise<Float32Array> {
    let judged = 0;
    for (const { result } of due) if (result.pooled) judged++;
    if (judged === 0) return nothing;
    const size = 2 * this.model.valueSize;
    const pooled = new Float32Array(judged * size);
    let row = 0;
    for (const { result } of due) if (result.pooled) pooled.set(result.pooled, row++ * size);
    return this.model.head(pooled, judged);
  }

  async #step({ channels, steps }: Batch): Promise<OwnedResult[]> {
    const { inputSize, stateSize, stepFrames } = this.model;
    const frames = steps * stepFrames;
    const batch = channels.length;
    const featureSize = frames * inputSize;
    if (this.#features.length < batch * featureSize) this.#features = new Float32Array(batch * featureSize);
    if (this.#state.length < batch * stateSize) this.#state = new Float32Array(batch * stateSize);
    for (let i = 0; i < batch; i++) {
      const { recogniser } = channels[i]!;
      recogniser.takeSteps(steps, this.#features, i * featureSize);
      this.#state.set(recogniser.state, i * stateSize);
    }
    const { values, attention, speech, state } = await this.model.step({
      batch,
      frames,
      features: this.#features.subarray(0, batch * featureSize),
      state: this.#state.subarray(0, batch * stateSize),
    });
    const due: OwnedResult[] = [];
    for (let i = 0; i < batch; i++) {
      const channel = channels[i]!;
      channel.recogniser.state.set(state.subarray(i * stateSize, (i + 1) * stateSize));
      const results = channel.recogniser.acceptSteps({
        values,
        attention,
        speech,
        firstStep: i * steps,
        steps,
      });
      for (const result of results) due.push({ channel, result });
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
      if (channel.turn === 'removed') continue;
      this.remove(channel);
      channel.onError(error);
    }
  }
}

function closedError(): UndertoneError {
  return new UndertoneError('going_away', 'The recogniser was closed before this audio was recognised.');
}

interface OwnedResult {
  readonly channel: ScheduledChannel;
  readonly result: DueResult;
}

function takeMarkers(channels: readonly ScheduledChannel[]): OwnedResult[] {
  return channels.flatMap((channel) =>
    channel.recogniser.takeDueMarkers().map((result) => ({ channel, result })),
  );
}
