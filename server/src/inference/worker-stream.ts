/**
 * One stream in a recognition thread. At multiples of a fixed length of audio it waits until all before has been
 * recognised: there, and nowhere else, are its checkpoints, so that they follow from the audio alone.
 */
import {
  type BatchScheduler,
  bytesPerSample,
  type RecogniserEvent,
  StreamRecogniser,
  UndertoneError,
} from '@undertone/core';
import type { OpenCommand, ResumePoint, StreamCommand, StreamReport } from './worker-protocol.ts';

/** Between places for a checkpoint of a client that asked for them. */
const givenGridMs = 500;
/** The same for those that only this process needs: bounds the audio that is kept to restore a stream. */
const ownGridMs = 1500;
const ownIntervalMs = 1500;

export interface StreamWatcher {
  report(report: StreamReport): void;
  /** Something changed that is worth an answer. */
  changed(stream: WorkerStream): void;
  ended(stream: WorkerStream): void;
}

export class WorkerStream {
  readonly id: number;
  readonly #watcher: StreamWatcher;
  readonly #recogniser: StreamRecogniser;
  readonly #frameBytes: number;
  /** Fewer frames make no step on any channel. */
  readonly #idleFrames: number;
  readonly #gridSamples: number;
  readonly #ownIntervalSamples: number;
  /** Infinity: no client wants checkpoints. */
  readonly #givenIntervalSamples: number;
  readonly #ordinals: number[];
  #bytes: number;
  #commands: number;
  #givenAtSample: number;
  #takenAtSample: number;
  #hasFinal: boolean;
  #nextGridSample: number;
  /** Input behind a place for a checkpoint that is not reached yet. */
  #held: (Uint8Array | StreamCommand)[] = [];
  #isHolding = false;
  /** Whether audio is left out until the other side has heard that some was bad. */
  #isDeaf = false;
  #isEnded = false;

  /** @throws UndertoneError what `StreamRecogniser` throws */
  constructor(id: number, scheduler: BatchScheduler, command: OpenCommand, watcher: StreamWatcher) {
    this.id = id;
    this.#watcher = watcher;
    const { options, start } = command;
    const { checkpointMs, ...format } = options;
    this.#recogniser = new StreamRecogniser(scheduler, {
      ...format,
      ...(start.snapshot ? { snapshot: start.snapshot } : {}),
      onEvents: (events) => this.#onEvents(events),
      onError: (error) => this.#fail(error),
    });
    const toSamples = (ms: number): number => Math.round((ms * options.sampleRateHz) / 1000);
    this.#frameBytes = bytesPerSample[options.encoding] * options.channels;
    this.#idleFrames = scheduler.model.stepFrames + (options.channels - 1) * (scheduler.model.stepFrames - 1);
    this.#gridSamples = toSamples(checkpointMs === undefined ? ownGridMs : givenGridMs);
    this.#ownIntervalSamples = toSamples(ownIntervalMs);
    this.#givenIntervalSamples =
      checkpointMs === undefined ? Number.POSITIVE_INFINITY : toSamples(checkpointMs);
    this.#ordinals = Array.from({ length: options.channels }, (_, i) => start.ordinals[i] ?? 0);
    this.#bytes = start.bytes;
    this.#commands = start.commands;
    this.#givenAtSample = start.givenAtSample;
    this.#takenAtSample = start.acceptedSamples;
    this.#hasFinal = start.hasFinal;
    this.#nextGridSample = this.#gridAfter(start.acceptedSamples);
  }

  /** Bytes of the stream that were taken in. */
  get bytes(): number {
    return this.#bytes;
  }

  get pendingFrames(): number {
    return this.#recogniser.pendingFrames;
  }

  /** Whether nothing is left to be done until more comes. */
  get isIdle(): boolean {
    return !this.#isHolding && this.#recogniser.pendingFrames < this.#idleFrames;
  }

  /** @param bytes not kept after the call */
  audio(bytes: Uint8Array): void {
    if (this.#isEnded || this.#isDeaf) return;
    if (this.#isHolding) this.#held.push(bytes.slice());
    else this.#take(bytes);
  }

  command(command: StreamCommand): void {
    if (this.#isEnded) return;
    if (this.#isHolding) this.#held.push(command);
    else this.#run(command);
  }

  close(): void {
    this.#isEnded = true;
    this.#recogniser.close();
  }

  #take(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      const recogniser = this.#recogniser;
      const untilGrid =
        (this.#nextGridSample - recogniser.acceptedSamples) * this.#frameBytes - recogniser.remainderBytes;
      const part = rest.length <= untilGrid ? rest : rest.subarray(0, untilGrid);
      try {
        recogniser.accept(part);
      } catch (error) {
        if (!(error instanceof UndertoneError) || error.code !== 'bad_audio') throw error;
        this.#isDeaf = true;
        this.#held = [];
        this.#watcher.report({
          type: 'badAudio',
          stream: this.id,
          message: error.message,
          bytes: this.#bytes,
        });
        return;
      }
      this.#bytes += part.length;
      rest = rest.subarray(part.length);
      if (recogniser.acceptedSamples < this.#nextGridSample) continue;
      if (rest.length > 0) this.#held.push(rest.slice());
      this.#hold();
      return;
    }
  }

  #run(command: StreamCommand): void {
    this.#commands++;
    switch (command.type) {
      case 'skip':
        this.#recogniser.skip(command.samples);
        if (this.#recogniser.acceptedSamples >= this.#nextGridSample) this.#hold();
        break;
      case 'configure':
        this.#recogniser.configure(command.change);
        break;
      case 'resume':
        this.#isDeaf = false;
        this.#bytes = command.bytes;
        break;
      case 'drain':
        this.#settle(this.#recogniser.drained(), command.id);
        break;
      case 'finalize':
        this.#settle(this.#recogniser.finalize(), command.id);
        break;
      case 'finish':
        this.#recogniser.finish().then(
          (summaries) => {
            const { inputShifts } = this.#recogniser;
            this.#watcher.report({
              type: 'settled',
              stream: this.id,
              id: command.id,
              summaries,
              inputShifts,
            });
            this.#end();
          },
          // Reported by `onError`, or closed.
          () => {},
        );
    }
  }

  #settle(done: Promise<void>, id: number): void {
    done.then(
      () => this.#watcher.report({ type: 'settled', stream: this.id, id }),
      // Reported by `onError`, or closed.
      () => {},
    );
  }

  /** Takes in nothing more until all before has been recognised. */
  #hold(): void {
    this.#isHolding = true;
    const proceed = (): void => {
      if (this.#isEnded) return;
      try {
        this.#checkpoint();
        this.#isHolding = false;
        this.#nextGridSample = this.#gridAfter(this.#recogniser.acceptedSamples);
        const held = this.#held;
        this.#held = [];
        for (const item of held) {
          if (item instanceof Uint8Array) this.audio(item);
          else this.command(item);
        }
        this.#watcher.changed(this);
      } catch (cause) {
        this.defect(cause);
      }
    };
    this.#recogniser.drained().then(proceed, () => {});
  }

  #checkpoint(): void {
    const { acceptedSamples, remainderBytes } = this.#recogniser;
    const sinceGiven = acceptedSamples - this.#givenAtSample;
    const isGiven =
      Number.isFinite(this.#givenIntervalSamples) &&
      (this.#hasFinal || sinceGiven + this.#gridSamples > this.#givenIntervalSamples);
    if (!isGiven && acceptedSamples - this.#takenAtSample < this.#ownIntervalSamples) return;
    this.#takenAtSample = acceptedSamples;
    if (isGiven) {
      this.#givenAtSample = acceptedSamples;
      this.#hasFinal = false;
    }
    const point: ResumePoint = {
      snapshot: this.#recogniser.snapshot(),
      acceptedSamples,
      ordinals: [...this.#ordinals],
      bytes: this.#bytes - remainderBytes,
      commands: this.#commands,
      givenAtSample: this.#givenAtSample,
      hasFinal: this.#hasFinal,
    };
    this.#watcher.report({ type: 'checkpoint', stream: this.id, point, isGiven });
  }

  #gridAfter(samples: number): number {
    return (Math.floor(samples / this.#gridSamples) + 1) * this.#gridSamples;
  }

  #onEvents(events: readonly RecogniserEvent[]): void {
    for (const event of events) {
      this.#ordinals[event.channel] = event.ordinal + 1;
      if (event.type === 'Emotion' && event.isFinal) this.#hasFinal = true;
    }
    this.#watcher.report({ type: 'events', stream: this.id, events: [...events] });
  }

  /** Something was thrown that nobody expects: this stream ends, the others go on. */
  defect(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#fail(
      cause instanceof UndertoneError
        ? cause
        : new UndertoneError('internal', `Recognising this stream failed: ${reason}`, { cause }),
    );
  }

  #fail({ code, message }: UndertoneError): void {
    if (this.#isEnded) return;
    this.#watcher.report({ type: 'error', stream: this.id, code, message });
    this.#end();
  }

  #end(): void {
    this.close();
    this.#watcher.ended(this);
  }
}
