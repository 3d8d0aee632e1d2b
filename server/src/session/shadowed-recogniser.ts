/**
 * A recogniser with another one beside it that hears the same audio and answers nobody. Whatever the second does, the first
 * goes on as if it were alone; the second is what is given up first when the server has much to do.
 */
import type { ChannelSummary, StreamChange } from '@undertone/core';
import type {
  RecogniserCallbacks,
  RecogniserHandle,
  RecogniserOptions,
} from '../inference/recogniser-handle.ts';
import type { SessionOptions } from './session-options.ts';
import { ShadowAgreement } from './shadow-agreement.ts';

/** Of capacity: beyond it no shadow begins; beyond the second those that run are given up. */
const beginBelowLoad = 0.5;
const endAboveLoad = 0.7;
/** A shadow that is so much later than the model that answers is given up: bounds the audio that is kept for it. */
const mostBehindMs = 2000;
/** Within which it has to be done after the stream has ended. */
const finishMs = 5000;

export type ShadowedOptions = Pick<SessionOptions, 'model' | 'shadow' | 'services' | 'loadRatio'>;

/** Opens the recogniser of a stream, with its shadow where it has one and there is room. */
export function openShadowed(
  { model, shadow, services, loadRatio }: ShadowedOptions,
  options: RecogniserOptions,
  callbacks: RecogniserCallbacks,
): RecogniserHandle {
  if (shadow === null) return model.open(options, callbacks);
  const { metrics } = services;
  const names = { model: model.id, shadow: shadow.id };
  if (loadRatio() >= beginBelowLoad) {
    metrics.shadowStreams.inc({ ...names, outcome: 'load' });
    return model.open(options, callbacks);
  }
  const agreement = new ShadowAgreement(metrics, names);
  const first = model.open(options, {
    ...callbacks,
    onEvents: (events) => {
      callbacks.onEvents(events);
      for (const event of events) if (event.type === 'Emotion') both.hear('model', event);
    },
  });
  const { checkpointMs: _, ...rest } = options;
  const second = shadow.open(rest, {
    onEvents: (events) => {
      for (const event of events) if (event.type === 'Emotion') both.hear('shadow', event);
    },
    onBadAudio: () => both.giveUp('failed'),
    onError: () => both.giveUp('failed'),
  });
  const both = new ShadowedRecogniser(first, second, {
    agreement,
    loadRatio,
    onEnd: (outcome) => metrics.shadowStreams.inc({ ...names, outcome }),
  });
  return both;
}

type ShadowOutcome = 'end' | 'cut' | 'load' | 'behind' | 'failed';

interface ShadowParts {
  readonly agreement: ShadowAgreement;
  readonly loadRatio: () => number;
  readonly onEnd: (outcome: ShadowOutcome) => void;
}

class ShadowedRecogniser implements RecogniserHandle {
  readonly #first: RecogniserHandle;
  readonly #parts: ShadowParts;
  /** Null when it is over. */
  #second: RecogniserHandle | null;
  #timer: NodeJS.Timeout | undefined;
  #isFinished = false;

  constructor(first: RecogniserHandle, second: RecogniserHandle, parts: ShadowParts) {
    this.#first = first;
    this.#second = second;
    this.#parts = parts;
  }

  get receivedSamples(): number {
    return this.#first.receivedSamples;
  }

  get remainderBytes(): number {
    return this.#first.remainderBytes;
  }

  get pendingMs(): number {
    return this.#first.pendingMs;
  }

  hear(...result: Parameters<ShadowAgreement['hear']>): void {
    if (this.#second) this.#parts.agreement.hear(...result);
  }

  giveUp(outcome: ShadowOutcome): void {
    const second = this.#second;
    if (!second) return;
    this.#second = null;
    clearTimeout(this.#timer);
    second.close();
    // What was not heard to the end was not judged differently.
    if (outcome === 'end') this.#parts.agreement.end();
    this.#parts.onEnd(outcome);
  }

  accept(bytes: Uint8Array): void {
    this.#first.accept(bytes);
    const second = this.#second;
    if (!second) return;
    if (this.#parts.loadRatio() > endAboveLoad) this.giveUp('load');
    else if (second.pendingMs > this.#first.pendingMs + mostBehindMs) this.giveUp('behind');
    else this.#tell((shadow) => shadow.accept(bytes));
  }

  skip(sourceSamples: number): void {
    this.#first.skip(sourceSamples);
    this.#tell((shadow) => shadow.skip(sourceSamples));
  }

  configure(change: StreamChange): void {
    this.#first.configure(change);
    this.#tell((shadow) => shadow.configure(change));
  }

  drained(): Promise<void> {
    return this.#first.drained();
  }

  finalize(): Promise<void> {
    const done = this.#first.finalize();
    this.#tell((shadow) => shadow.finalize().catch(() => this.giveUp('failed')));
    return done;
  }

  finish(): Promise<readonly ChannelSummary[]> {
    const done = this.#first.finish();
    this.#timer = setTimeout(() => this.giveUp('behind'), finishMs).unref();
    this.#tell((shadow) => {
      Promise.all([done, shadow.finish()]).then(
        () => this.giveUp('end'),
        () => this.giveUp('failed'),
      );
    });
    done.then(
      () => {
        this.#isFinished = true;
      },
      () => {},
    );
    return done;
  }

  close(): void {
    this.#first.close();
    // After all results the shadow has a while to come to its own.
    if (!this.#isFinished) this.giveUp('cut');
  }

  /** Nothing that goes wrong with the shadow is the stream's business. */
  #tell(what: (shadow: RecogniserHandle) => unknown): void {
    if (!this.#second) return;
    try {
      what(this.#second);
    } catch {
      this.giveUp('failed');
    }
  }
}
