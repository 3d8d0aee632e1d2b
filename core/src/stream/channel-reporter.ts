/**
 * What one channel reports: its segments and events are numbered here, judgements are made of the head's logits, and the
 * shares of labels, mood, talk and trend are kept. Times are steps of the network; the stream's clock is ahead of them by the gaps.
 */
import type { Manifest } from '../model/manifest.ts';
import { difference } from '../sentiment/affect.ts';
import { ChannelMood } from '../sentiment/channel-mood.ts';
import { judge } from '../sentiment/judge.ts';
import { TalkTime } from '../sentiment/talk-time.ts';
import type { ChannelSummary, Judgement, RecogniserEvent } from './events.ts';
import type { PoolSum } from './pool-sum.ts';
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';
import type { Stateful } from './stateful.ts';
import { Trend } from './trend.ts';

/** Something to report, in order. `pooled` is the head's input, if the head has to judge first. */
export interface DueResult {
  readonly pooled: Float32Array | null;
  /** Called once, with the head's logits or null. */
  deliver(logits: Float32Array | null): void;
}

/** A part of a segment that is to be judged. */
export interface SegmentPart {
  readonly sum: PoolSum;
  readonly startStep: number;
  readonly endStep: number;
  /** First step of the whole segment. */
  readonly segmentStep: number;
  /** Steps of the whole segment that hold speech. */
  readonly speechSteps: number;
  readonly kind: 'interim' | 'final' | 'finalized';
  /** Whether it becomes an event, or is for the trend only. */
  readonly isReported: boolean;
}

/** No stream has more of anything. */
const mostEvents = 2 ** 40;

export class ChannelReporter implements Stateful {
  /** Samples of the stream that were not heard: so much later than its steps is a channel. */
  missingSamples = 0;
  readonly #channel: number;
  readonly #manifest: Manifest;
  readonly #stepSamples: number;
  readonly #emit: (event: RecogniserEvent) => void;
  /** Samples of final segments with each label, in manifest order. */
  readonly #shareSamples: Float64Array;
  readonly #mood: ChannelMood;
  readonly #talk = new TalkTime();
  #segments = 0;
  #revision = 0;
  /** Events emitted. */
  #events = 0;
  #trend: Trend | null = null;
  #trendSamples = 0;
  /** Speech of the open segment that the trend has heard of. */
  #trendSpeechSteps = 0;

  constructor(
    manifest: Manifest,
    stepSamples: number,
    channel: number,
    emit: (event: RecogniserEvent) => void,
  ) {
    this.#manifest = manifest;
    this.#stepSamples = stepSamples;
    this.#channel = channel;
    this.#emit = emit;
    this.#shareSamples = new Float64Array(manifest.labels.length);
    this.#mood = new ChannelMood(manifest);
  }

  /** The stream's clock where a step begins. */
  sampleOf(step: number): number {
    return step * this.#stepSamples + this.missingSamples;
  }

  get hasTrend(): boolean {
    return this.#trend !== null;
  }

  /** @param trendSamples audio between trend events, 0 for none */
  setTrend(trendSamples: number): void {
    this.#trendSamples = trendSamples;
    if (trendSamples === 0) this.#trend = null;
    else this.#trend ??= new Trend(this.#manifest);
  }

  beginSegment(): void {
    this.#trendSpeechSteps = 0;
  }

  /** A segment is over, whatever is still to be judged of it. */
  endSegment(startStep: number, endStep: number): void {
    this.#talk.hear(startStep, endStep);
  }

  speechEvent(type: 'SpeechStarted' | 'SpeechEnded', step: number): DueResult {
    const atSample = this.sampleOf(step);
    const deliver = (): void =>
      this.#emit({ type, channel: this.#channel, ordinal: this.#events++, atSample });
    return { pooled: null, deliver };
  }

  /** The judgement of a part of the open segment; a final one closes it. */
  judgement(part: SegmentPart): DueResult {
    const { sum, startStep, endStep, speechSteps, isReported } = part;
    const newSpeechSamples = Math.max(0, speechSteps - this.#trendSpeechSteps) * this.#stepSamples;
    this.#trendSpeechSteps = speechSteps;
    const isFinal = part.kind !== 'interim';
    const segment = this.#segments;
    const revision = this.#revision;
    const startSample = this.sampleOf(startStep);
    const endSample = this.sampleOf(endStep);
    const speechRatio = Math.min(1, speechSteps / (endStep - part.segmentStep));
    if (isReported) this.#revision++;
    if (isFinal) {
      this.#segments++;
      this.#revision = 0;
    }
    return {
      pooled: sum.meanAndDeviation(),
      deliver: (logits) => {
        const judgement = this.#judge(logits, speechSteps);
        if (isFinal && judgement.label !== null) {
          this.#shareSamples[this.#manifest.labels.indexOf(judgement.label)]! += endSample - startSample;
        }
        if (isFinal) this.#mood.hear(startSample, endSample, speechSteps * this.#stepSamples, judgement);
        this.#trend?.add(endSample, newSpeechSamples, judgement);
        if (!isReported) return;
        this.#emit({
          type: 'Emotion',
          channel: this.#channel,
          ordinal: this.#events++,
          segment,
          revision,
          startSample,
          endSample,
          isFinal,
          fromFinalize: part.kind === 'finalized',
          speechRatio,
          // Last: V8 makes a hidden class for each single object that has properties after a spread.
          ...judgement,
        });
      },
    };
  }

  /** The trend, if it is due with the step that ends at `endStep`. */
  addTrend(endStep: number, due: DueResult[]): void {
    const trend = this.#trend;
    if (trend === null) return;
    const end = this.sampleOf(endStep);
    const every = this.#trendSamples;
    if (Math.floor(end / every) === Math.floor((end - this.#stepSamples) / every)) return;
    due.push({
      pooled: null,
      deliver: () => {
        const span = trend.at(end);
        if (!span) return;
        const ordinal = this.#events++;
        const mean = { valence: span.valence.mean, arousal: span.arousal.mean };
        const relative = difference(mean, this.#mood.baseline);
        const { turningPoint } = this.#mood;
        this.#emit({
          type: 'Trend',
          channel: this.#channel,
          ordinal,
          atSample: end,
          ...span,
          relative,
          ...(turningPoint ? { turningPoint } : {}),
        });
      },
    });
  }

  /**
   * @param sum the whole channel, or null where nothing was heard
   * @param steps of the whole channel
   */
  summary(
    sum: PoolSum | null,
    audioSamples: number,
    steps: number,
    speechSteps: number,
    deliver: (summary: ChannelSummary) => void,
  ): DueResult {
    return {
      pooled: sum?.meanAndDeviation() ?? null,
      deliver: (logits) => {
        const mood = this.#mood.summary;
        deliver({
          channel: this.#channel,
          audioSamples,
          speechSamples: speechSteps * this.#stepSamples,
          segments: this.#segments,
          share: this.#share(),
          talk: {
            heardSamples: steps * this.#stepSamples,
            talkSamples: this.#talk.talkSteps * this.#stepSamples,
            longestSilenceSamples: this.#talk.longestSilenceSteps(steps) * this.#stepSamples,
          },
          ...(mood ? { mood } : {}),
          ...this.#judge(logits, speechSteps),
        });
      },
    };
  }

  writeState(writer: StateWriter): void {
    for (const value of [
      this.missingSamples,
      this.#segments,
      this.#revision,
      this.#events,
      this.#trendSpeechSteps,
    ]) {
      writer.count(value);
    }
    writer.sparse(this.#shareSamples);
    this.#mood.writeState(writer);
    this.#talk.writeState(writer);
    this.#trend?.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.missingSamples = reader.count();
    this.#segments = reader.count(mostEvents);
    this.#revision = reader.count(mostEvents);
    this.#events = reader.count(mostEvents);
    this.#trendSpeechSteps = reader.count(mostEvents);
    reader.sparse(this.#shareSamples);
    this.#mood.readState(reader);
    this.#talk.readState(reader);
    this.#trend?.readState(reader);
  }

  #share(): Record<string, number> {
    const total = this.#shareSamples.reduce((sum, samples) => sum + samples, 0);
    const share: Record<string, number> = {};
    for (const [i, label] of this.#manifest.labels.entries()) {
      const samples = this.#shareSamples[i]!;
      if (samples > 0) share[label] = samples / total;
    }
    return share;
  }

  #judge(logits: Float32Array | null, speechSteps: number): Judgement {
    const speechMs = (1000 * speechSteps * this.#stepSamples) / this.#manifest.features.sampleRate;
    return judge(this.#manifest, logits, speechMs);
  }
}
