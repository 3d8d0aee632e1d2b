/**
 * How the mood of a channel moves: over the judgements of the last 30 s, each weighted by the speech that it was the first
 * to hear, the mean of valence and arousal, their slope by weighted least squares, and the share of each label.
 */
import type { Manifest } from '../model/manifest.ts';
import type { Judgement, TrendLine } from './events.ts';
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';
import type { Stateful } from './stateful.ts';

export const trendWindowMs = 30_000;
/** With the shortest interval there are 750 judgements in a window, and at most as many finals. */
const mostEntries = 1500;

interface Entry {
  readonly atSample: number;
  /** Samples of speech. */
  readonly weight: number;
  readonly valence: number;
  readonly arousal: number;
  /** Index of the label in the manifest, or -1. */
  readonly label: number;
}

/** What was heard of late. */
export interface TrendSpan {
  readonly windowMs: number;
  readonly valence: TrendLine;
  readonly arousal: TrendLine;
  readonly share: Readonly<Record<string, number>>;
}

export class Trend implements Stateful {
  readonly #manifest: Pick<Manifest, 'labels' | 'features'>;
  readonly #windowSamples: number;
  /** Oldest first. */
  #entries: Entry[] = [];

  constructor(manifest: Pick<Manifest, 'labels' | 'features'>) {
    this.#manifest = manifest;
    this.#windowSamples = (trendWindowMs * manifest.features.sampleRate) / 1000;
  }

  /**
   * Takes a judgement of audio that ends at `atSample`; one that abstains for want of speech does not count.
   * @param speechSamples speech in it that no judgement before has heard
   */
  add(atSample: number, speechSamples: number, { label, abstain, dimensions }: Judgement): void {
    if (speechSamples === 0 || abstain === 'no_speech') return;
    if (this.#entries.length === mostEntries) this.#entries.shift();
    this.#entries.push({
      atSample,
      weight: speechSamples,
      valence: dimensions.valence,
      arousal: dimensions.arousal,
      label: label === null ? -1 : this.#manifest.labels.indexOf(label),
    });
  }

  /** The window that ends at `atSample`; null when nothing was said in it. */
  at(atSample: number): TrendSpan | null {
    const from = atSample - this.#windowSamples;
    this.#entries = this.#entries.filter((entry) => entry.atSample > from);
    if (this.#entries.length === 0) return null;
    return {
      windowMs: trendWindowMs,
      valence: this.#line(({ valence }) => valence),
      arousal: this.#line(({ arousal }) => arousal),
      share: this.#share(),
    };
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#entries.length);
    for (const { atSample, weight, valence, arousal, label } of this.#entries) {
      writer.count(atSample);
      writer.count(weight);
      writer.number(valence);
      writer.number(arousal);
      writer.count(label + 1);
    }
  }

  readState(reader: StateReader): void {
    this.#entries = Array.from({ length: reader.count(mostEntries) }, () => ({
      atSample: reader.count(),
      weight: reader.count(),
      valence: reader.number(-1, 1),
      arousal: reader.number(-1, 1),
      label: reader.count(this.#manifest.labels.length) - 1,
    }));
  }

  #line(read: (entry: Entry) => number): TrendLine {
    const { sampleRate } = this.#manifest.features;
    let weights = 0;
    let times = 0;
    let values = 0;
    for (const entry of this.#entries) {
      weights += entry.weight;
      times += (entry.weight * entry.atSample) / sampleRate;
      values += entry.weight * read(entry);
    }
    const time = times / weights;
    const mean = values / weights;
    let spread = 0;
    let together = 0;
    for (const entry of this.#entries) {
      const late = entry.atSample / sampleRate - time;
      spread += entry.weight * late * late;
      together += entry.weight * late * (read(entry) - mean);
    }
    return { mean, slope: spread > 0 ? together / spread : 0 };
  }

  #share(): Record<string, number> {
    const { labels } = this.#manifest;
    const weights = new Array<number>(labels.length).fill(0);
    let total = 0;
    for (const { label, weight } of this.#entries) {
      if (label < 0) continue;
      weights[label]! += weight;
      total += weight;
    }
    const share: Record<string, number> = {};
    for (const [i, label] of labels.entries()) if (weights[i]! > 0) share[label] = weights[i]! / total;
    return share;
  }
}
