/**
 * A recogniser in another thread, as its session sees it. Should that thread die, the stream goes on in another one from
 * its last checkpoint with the audio kept since; events that were delivered are not delivered again.
 */
import { bytesPerSample, type ChannelSummary, type StreamChange, UndertoneError } from '@undertone/core';
import type { RecogniserCallbacks, RecogniserHandle, RecogniserOptions } from './recogniser-handle.ts';
import { StreamInput } from './stream-input.ts';
import type { TickWriter } from './tick-writer.ts';
import type { WorkerLink } from './worker-link.ts';
import type { StartPoint, StreamCommand, StreamReport } from './worker-protocol.ts';

/** Audio of a stream that a thread may have before it: what more there is waits here, so that streams take turns. */
const windowMs = 1280;
/** Audio of a stream in one tick. */
const turnMs = 640;
/** A stream that has no more than this to send is live, and goes first. */
const liveMs = 250;
/** A frame reaches so far beyond the hop that it ends; a resampler may hold back a little, too. */
const frameTailMs = 15;
const resamplerMs = 5;

export interface RemoteModel {
  readonly index: number;
  readonly stepFrames: number;
  readonly framesPerMs: number;
}

interface Waiter {
  readonly resolve: (summaries: readonly ChannelSummary[]) => void;
  readonly reject: (error: UndertoneError) => void;
}

export class RemoteRecogniser implements RecogniserHandle {
  readonly #model: RemoteModel;
  readonly #options: Omit<RecogniserOptions, 'restore'>;
  readonly #callbacks: RecogniserCallbacks;
  readonly #input: StreamInput;
  readonly #bytesPerMs: number;
  readonly #stepMs: number;
  readonly #tailMs: number;
  /** Length of the stream before its first byte. */
  readonly #originMs: number;
  readonly #waiters = new Map<number, Waiter>();
  /** Next event to deliver, by channel. */
  readonly #ordinals: number[];
  #analysed: number;
  #link: WorkerLink | null = null;
  /** Its number with the thread it is on. */
  #id = -1;
  #isOpened = false;
  #point: StartPoint;
  #givenAtSample: number;
  /** Bytes that the thread has taken in. */
  #takenBytes = 0;
  #pendingFrames = 0;
  #nextWaiter = 0;
  #state: 'open' | 'finishing' | 'closed' = 'open';
  #failure: UndertoneError | null = null;
  #probation: { readonly untilBytes: number; readonly onPassed: () => void } | null = null;

  constructor(model: RemoteModel, options: RecogniserOptions, callbacks: RecogniserCallbacks) {
    const { restore, ...rest } = options;
    this.#model = model;
    this.#options = rest;
    this.#callbacks = callbacks;
    const acceptedSamples = restore?.acceptedSamples ?? 0;
    this.#input = new StreamInput(options.encoding, options.channels, acceptedSamples);
    this.#bytesPerMs = (bytesPerSample[options.encoding] * options.channels * options.sampleRateHz) / 1000;
    this.#originMs = (1000 * acceptedSamples) / options.sampleRateHz;
    this.#stepMs = model.stepFrames / model.framesPerMs;
    this.#tailMs = frameTailMs + (options.sampleRateHz === 16_000 ? 0 : resamplerMs);
    this.#ordinals = Array.from({ length: options.channels }, (_, i) => restore?.ordinals[i] ?? 0);
    this.#analysed = this.#countAnalysed(options.analysed);
    this.#givenAtSample = acceptedSamples;
    this.#point = {
      snapshot: restore?.snapshot ?? null,
      acceptedSamples,
      ordinals: this.#ordinals.slice(),
      bytes: 0,
      commands: 0,
      givenAtSample: acceptedSamples,
      hasFinal: false,
    };
  }

  get receivedSamples(): number {
    return Math.floor((this.#input.acceptedSamples * 16_000) / this.#options.sampleRateHz);
  }

  get remainderBytes(): number {
    return this.#input.remainderBytes;
  }

  get pendingMs(): number {
    const unheardBytes = this.#input.bytes - this.#takenBytes;
    return unheardBytes / this.#bytesPerMs + this.#pendingFrames / (this.#analysed * this.#model.framesPerMs);
  }

  /** Whether it is neither closed nor failed. */
  get isLive(): boolean {
    return this.#state !== 'closed';
  }

  /** Whether the thread it is on has something of it to do. */
  get isBusy(): boolean {
    return (
      this.#input.sentBytes > this.#takenBytes ||
      this.#pendingFrames >= this.#model.stepFrames ||
      this.#waiters.size > 0
    );
  }

  get isOnProbation(): boolean {
    return this.#probation !== null;
  }

  accept(bytes: Uint8Array): void {
    this.#expectOpen();
    if (bytes.length === 0) return;
    this.#input.audio(bytes);
    if (this.#isWorthSending) this.#link?.due(this);
  }

  skip(sourceSamples: number): void {
    this.#expectOpen();
    this.#command({ type: 'skip', samples: sourceSamples });
  }

  configure(change: StreamChange): void {
    this.#expectOpen();
    if (change.analysed) this.#analysed = this.#countAnalysed(change.analysed);
    this.#command({ type: 'configure', change });
  }

  async drained(): Promise<void> {
    if (this.#state === 'closed') throw this.#failure ?? closedError();
    await this.#ask('drain');
  }

  async finalize(): Promise<void> {
    this.#expectOpen();
    await this.#ask('finalize');
  }

  async finish(): Promise<readonly ChannelSummary[]> {
    this.#expectOpen();
    this.#state = 'finishing';
    const summaries = await this.#ask('finish');
    this.close();
    return summaries;
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#link?.close(this.#id);
    this.#end(closedError());
  }

  /** The stream is over: its thread or all threads say so. */
  fail(error: UndertoneError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#failure = error;
    this.#link?.close(this.#id);
    this.#end(error);
    this.#callbacks.onError(error);
  }

  /**
   * Goes on, or begins, on this thread.
   * @param onPassed called when the thread has survived what was being done when the last one died, or the stream is over
   */
  moveTo(link: WorkerLink, id: number, onPassed?: () => void): void {
    this.#link = link;
    this.#id = id;
    this.#isOpened = false;
    const untilBytes = this.#input.sentBytes;
    this.#input.rewind(this.#point);
    this.#takenBytes = this.#point.bytes;
    this.#pendingFrames = 0;
    this.#probation = onPassed ? { untilBytes, onPassed } : null;
    link.add(id, this);
    link.due(this);
  }

  /** Its thread is gone. */
  detach(): void {
    this.#link = null;
    this.#probation = null;
  }

  /** Whether it has so little to send that it is live. */
  get isShort(): boolean {
    return this.#input.unsentBytes <= liveMs * this.#bytesPerMs;
  }

  /** Writes what its thread may have; whether it could have more at once. */
  write(writer: TickWriter): boolean {
    if (!this.#isOpened) {
      if (writer.roomBytes < 0) return true;
      writer.command(this.#id, {
        type: 'open',
        model: this.#model.index,
        options: this.#options,
        start: this.#point,
      });
      this.#isOpened = true;
    }
    this.#input.send(this.#id, writer, Math.floor(Math.min(turnMs, this.#windowLeftMs) * this.#bytesPerMs));
    return this.#isWorthSending && this.#windowLeftMs > 0;
  }

  /** Less audio than completes a step of the model can wait for its rest: nothing could come of it. */
  get #isWorthSending(): boolean {
    const { bytes, sentBytes, hasUnsentCommand } = this.#input;
    return hasUnsentCommand || this.#stepsIn(bytes) > this.#stepsIn(sentBytes);
  }

  #stepsIn(bytes: number): number {
    return Math.floor((this.#originMs + bytes / this.#bytesPerMs - this.#tailMs) / this.#stepMs);
  }

  get #windowLeftMs(): number {
    const sentMs = (this.#input.sentBytes - this.#takenBytes) / this.#bytesPerMs;
    return windowMs - sentMs - this.#pendingFrames / (this.#analysed * this.#model.framesPerMs);
  }

  progress(takenBytes: number, pendingFrames: number): void {
    this.#link?.heard((takenBytes - this.#takenBytes) / this.#bytesPerMs);
    this.#takenBytes = takenBytes;
    this.#pendingFrames = pendingFrames;
    if (this.#isWorthSending) this.#link?.due(this);
    const probation = this.#probation;
    if (!probation || pendingFrames >= this.#model.stepFrames) return;
    const isAllSent = takenBytes === this.#input.sentBytes && !this.#isWorthSending;
    if (takenBytes < probation.untilBytes && !isAllSent) return;
    this.#probation = null;
    probation.onPassed();
  }

  report(report: StreamReport): void {
    if (this.#state === 'closed') return;
    try {
      this.#handle(report);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.fail(new UndertoneError('internal', `Reporting on this stream failed: ${reason}`, { cause }));
    }
  }

  #handle(report: StreamReport): void {
    switch (report.type) {
      case 'events': {
        const fresh = report.events.filter(({ channel, ordinal }) => ordinal >= this.#ordinals[channel]!);
        for (const { channel, ordinal } of fresh) this.#ordinals[channel] = ordinal + 1;
        if (fresh.length > 0) this.#callbacks.onEvents(fresh);
        break;
      }
      case 'checkpoint': {
        const { point, isGiven } = report;
        this.#point = point;
        this.#input.forgetBefore(point);
        if (!isGiven || point.acceptedSamples <= this.#givenAtSample) break;
        this.#givenAtSample = point.acceptedSamples;
        const { snapshot, acceptedSamples, ordinals } = point;
        this.#callbacks.onCheckpoint?.({ snapshot, acceptedSamples, ordinals });
        break;
      }
      case 'settled': {
        const waiter = this.#waiters.get(report.id);
        this.#waiters.delete(report.id);
        if (report.inputShifts) this.#callbacks.onInputShifts?.(report.inputShifts);
        waiter?.resolve(report.summaries ?? []);
        break;
      }
      case 'badAudio': {
        const droppedBytes = this.#input.truncate(report.bytes);
        this.#command({ type: 'resume', bytes: report.bytes });
        this.#callbacks.onBadAudio(new UndertoneError('bad_audio', report.message), droppedBytes);
        break;
      }
      case 'error':
        this.fail(new UndertoneError(report.code, report.message));
    }
  }

  #ask(type: 'drain' | 'finalize' | 'finish'): Promise<readonly ChannelSummary[]> {
    const id = this.#nextWaiter++;
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject });
      this.#command({ type, id });
    });
  }

  #command(command: StreamCommand): void {
    this.#input.command(command);
    this.#link?.due(this);
  }

  #end(error: UndertoneError): void {
    this.#link = null;
    for (const waiter of this.#waiters.values()) waiter.reject(error);
    this.#waiters.clear();
    const probation = this.#probation;
    this.#probation = null;
    probation?.onPassed();
  }

  #countAnalysed(analysed: readonly boolean[] | undefined): number {
    return Math.max(1, analysed?.filter(Boolean).length ?? this.#options.channels);
  }

  #expectOpen(): void {
    if (this.#state === 'open') return;
    throw (
      this.#failure ??
      new UndertoneError('audio_after_close', 'Expected audio while the stream is open; it was ended before.')
    );
  }
}

function closedError(): UndertoneError {
  return new UndertoneError('aborted', 'The stream was closed before its audio was recognised.');
}
