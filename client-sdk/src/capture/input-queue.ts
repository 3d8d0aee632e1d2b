/**
 * Between what captures and who reads: live audio does not wait. When the reader is too slow the oldest audio is let go
 * of, as a gap of its length, so that the clock of the stream stays right.
 */
import type { AudioGap, GapReason } from '../client/audio-input.ts';
import type { AudioChunk } from '../client/emotion-source.ts';

type Item = { readonly chunk: AudioChunk; readonly samples: number } | { readonly gap: AudioGap };

interface Reader {
  resolve(result: IteratorResult<AudioChunk | AudioGap, undefined>): void;
  reject(error: Error): void;
}

export class InputQueue {
  readonly #maxSamples: number;
  readonly #items: Item[] = [];
  readonly #readers: Reader[] = [];
  /** Of the chunks that wait. */
  #queuedSamples = 0;
  #letGoSamples = 0;
  #end: { readonly error: Error | null } | null = null;

  /** @param maxSamples per channel, of the audio that waits; at least one chunk always may */
  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  /** Samples per channel that were let go of because the reader was too slow. */
  get letGoSamples(): number {
    return this.#letGoSamples;
  }

  /** @param samples in `chunk`, per channel */
  push(chunk: AudioChunk, samples: number): void {
    if (this.#end || samples === 0) return;
    const reader = this.#readers.shift();
    if (reader) return void reader.resolve({ done: false, value: chunk });
    this.#items.push({ chunk, samples });
    this.#queuedSamples += samples;
    while (this.#queuedSamples > this.#maxSamples && this.#queuedSamples > samples) this.#letGoOfOldest();
  }

  /** Adjacent gaps of one reason become one while they wait. */
  pushGap(lostSamples: number, reason: GapReason): void {
    if (this.#end || lostSamples === 0) return;
    const reader = this.#readers.shift();
    if (reader) return void reader.resolve({ done: false, value: { lostSamples, reason } });
    const last = this.#items.at(-1);
    if (last && 'gap' in last && last.gap.reason === reason) {
      this.#items[this.#items.length - 1] = gapOf(last.gap.lostSamples + lostSamples, reason);
    } else this.#items.push(gapOf(lostSamples, reason));
  }

  /** Nothing follows; what waits is still given. Idempotent. @param error given after that, once */
  end(error: Error | null = null): void {
    if (this.#end) return;
    this.#end = { error };
    for (const reader of this.#readers.splice(0)) this.#finish(reader);
  }

  next(): Promise<IteratorResult<AudioChunk | AudioGap, undefined>> {
    const item = this.#items.shift();
    if (item && 'gap' in item) return Promise.resolve({ done: false, value: item.gap });
    if (item) {
      this.#queuedSamples -= item.samples;
      return Promise.resolve({ done: false, value: item.chunk });
    }
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#end) this.#finish(reader);
      else this.#readers.push(reader);
    });
  }

  /** The oldest chunk and the gaps before it become one gap, so that gaps cannot pile up either. */
  #letGoOfOldest(): void {
    let lostSamples = 0;
    for (let item = this.#items.shift(); item; item = this.#items.shift()) {
      if ('gap' in item) {
        lostSamples += item.gap.lostSamples;
        continue;
      }
      lostSamples += item.samples;
      this.#letGoSamples += item.samples;
      this.#queuedSamples -= item.samples;
      break;
    }
    this.#items.unshift(gapOf(lostSamples, 'client'));
  }

  #finish(reader: Reader): void {
    const error = this.#end?.error;
    this.#end = { error: null };
    if (error) reader.reject(error);
    else reader.resolve({ done: true, value: undefined });
  }
}

function gapOf(lostSamples: number, reason: GapReason): Item {
  return { gap: { lostSamples, reason } };
}
