/**
 * One channel of one stream: waiting frames, the network's state, pooling sums, speech segments and what is to be
 * reported. It decides everything about results and runs nothing: the scheduler moves its frames through the
 * model and brings the outputs back.
 */
import type { Manifest } from '../model/manifest.ts';
import type { ModelRuntime } from '../model/model-runtime.ts';
import { judge } from '../sentiment/judge.ts';
import { ChannelPool } from './channel-pool.ts';
import type { ChannelSummary, EmotionEvent, Judgement, RecogniserEvent } from './events.ts';
import type { PoolSum } from './pool-sum.ts';
import { SpeechSegmenter } from './speech-segmenter.ts';
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';
import { StepQueue } from './step-queue.ts';
import { Trend } from './trend.ts';

/** How a channel is reported; may change from one sample to the next. */
export interface ChannelSettings {
  readonly intervalSamples: number;
  readonly windowSamples: number;
  readonly endpointingSamples: number;
  readonly interimResults: boolean;
  /** Between `Trend` events; 0 for none. */
  readonly trendSamples: number;
}

export interface ChannelOptions extends ChannelSettings {
  readonly channel: number;
  readonly maxSegmentSamples: number;
}

/** Something to report, in order. `pooled` is the head's input, if the head has to judge first. */
export interface DueResult {
  readonly pooled: Float32Array | null;
  /** Called once, with the head's logits or null. */
  deliver(logits: Float32Array | null): void;
}

export interface StepOutputs {
  readonly values: Float32Array;
  readonly attention: Float32Array;
  readonly speech: Float32Array;
  /** Index of this channel's first step in the three arrays. */
  readonly firstStep: number;
  readonly steps: number;
}

interface Marker {
  readonly step: number;
  readonly action: () => readonly DueResult[];
}

/** An event without its number. */
type Unnumbered<Event> = Event extends unknown ? Omit<Event, 'ordinal'> : never;

/** No stream has more steps. */
const mostSteps = 2 ** 40;

export class ChannelRecogniser {
  /** Made with the first step: a stream that is still silent should cost little. */
  #state: Float32Array | null = null;
  readonly #stateSize: number;
  readonly #queue: StepQueue;
  readonly #manifest: Manifest;
  readonly #stepFrames: number;
  readonly #valueSize: number;
  readonly #channel: number;
  readonly #emit: (event: RecogniserEvent) => void;
  readonly #stepSamples: number;
  readonly #segmenter: SpeechSegmenter;
  readonly #pool: ChannelPool;
  #trend: Trend | null = null;
  /** Speech of the open segment that the trend has heard of. */
  #trendSpeechSteps = 0;
  #settings: ChannelSettings;
  #intervalSteps: number;
  /** Samples of final segments with each label, in manifest order. */
  readonly #shareSamples: Float64Array;
  /** Actions at a position of the stream (Finalize, end), ordered by step. */
  readonly #markers: Marker[] = [];
  /** Steps whose outputs have been taken in. */
  #steps = 0;
  #stepsInFlight = 0;
  #speechSteps = 0;
  #segmentSpeechSteps = 0;
  #segments = 0;
  #revision = 0;
  /** Events emitted. */
  #events = 0;
  /** Samples of the stream that came before those of the steps and were not heard. */
  #missingSamples = 0;
  /** The gap that is marked and not yet reached. */
  #gap: { missingSamples: number } | null = null;

  constructor(
    model: Omit<ModelRuntime, 'step' | 'head' | 'close'>,
    options: ChannelOptions,
    emit: (event: RecogniserEvent) => void,
  ) {
    const { manifest } = model;
    this.#manifest = manifest;
    this.#stepFrames = model.stepFrames;
    this.#valueSize = model.valueSize;
    this.#channel = options.channel;
    this.#settings = options;
    this.#emit = emit;
    this.#stepSamples = model.stepFrames * manifest.features.hopSamples;
    const stepMs = (1000 * this.#stepSamples) / manifest.features.sampleRate;
    this.#intervalSteps = this.#toSteps(options.intervalSamples);
    this.#segmenter = new SpeechSegmenter({
      onsetProbability: manifest.speech.onsetProbability,
      offsetProbability: manifest.speech.offsetProbability,
      onsetSteps: Math.max(1, Math.round(manifest.speech.minSpeechMs / stepMs)),
      endpointingSteps: this.#toSteps(options.endpointingSamples),
      maxSegmentSteps: this.#toSteps(options.maxSegmentSamples),
    });
    this.#queue = new StepQueue(model.inputSize);
    this.#stateSize = model.stateSize;
    this.#pool = new ChannelPool(model.valueSize, this.#toSteps(options.windowSamples));
    this.#shareSamples = new Float64Array(manifest.labels.length);
    if (options.trendSamples > 0) this.#trend = new Trend(manifest);
  }

  /** `[S]`, owned by the scheduler while a step runs. */
  get state(): Float32Array {
    this.#state ??= new Float32Array(this.#stateSize);
    return this.#state;
  }

  /** Whole steps that may run before the next marker. */
  get pendingSteps(): number {
    const waiting = Math.floor(this.#queue.frames / this.#stepFrames);
    const marker = this.#markers[0];
    return marker ? Math.min(waiting, marker.step - this.#steps - this.#stepsInFlight) : waiting;
  }

  /** Frames that wait, whether or not they make a whole step. */
  get pendingFrames(): number {
    return this.#queue.frames + this.#stepsInFlight * this.#stepFrames;
  }

  /** Room in the queue for `frames` frames of model inputs. */
  reserveFrames(frames: number): { buffer: Float32Array; offset: number } {
    return this.#queue.reserve(frames);
  }

  /** Moves the inputs of the next `steps` steps into `target` at `offset`. */
  takeSteps(steps: number, target: Float32Array, offset: number): void {
    this.#queue.take(steps * this.#stepFrames, target, offset);
    this.#stepsInFlight += steps;
  }

  get hasDueMarker(): boolean {
    return this.#markers[0]?.step === this.#steps;
  }

  /** Closes open segments once all audio accepted so far has been recognised. */
  markFinalize(): void {
    this.#mark(() => this.#closeSegment(true));
  }

  /** Reports the whole channel once all audio accepted so far has been recognised. */
  markEnd(audioSamples: number, deliver: (summary: ChannelSummary) => void): void {
    this.#mark(() => [...this.#closeSegment(false), this.#summaryResult(audioSamples, deliver)]);
  }

  /** From the next sample on, results are reported as `settings` say. */
  markSettings(settings: ChannelSettings): void {
    this.#mark(() => {
      const inSegment = this.#segmenter.inSpeech || this.#segmenter.inOnset;
      if (settings.windowSamples !== this.#settings.windowSamples) {
        this.#pool.resizeWindow(this.#toSteps(settings.windowSamples), inSegment);
      }
      this.#intervalSteps = this.#toSteps(settings.intervalSamples);
      this.#segmenter.setEndpointing(this.#toSteps(settings.endpointingSamples));
      if (settings.trendSamples === 0) this.#trend = null;
      else this.#trend ??= new Trend(this.#manifest);
      this.#settings = settings;
      return [];
    });
  }

  /**
   * Audio is missing here: the open segment ends, and what comes is `missingSamples` later than the steps before it, all
   * gaps of the stream together. Called again with more while the gap goes on.
   * @returns whether the scheduler has something to do
   */
  markGap(missingSamples: number): boolean {
    if (this.#gap) {
      this.#gap.missingSamples = missingSamples;
      return false;
    }
    const { inSpeech, inOnset } = this.#segmenter;
    if (
      !inSpeech &&
      !inOnset &&
      this.#markers.length === 0 &&
      this.#stepsInFlight + this.pendingSteps === 0
    ) {
      this.#missingSamples = missingSamples;
      return false;
    }
    const gap = { missingSamples };
    this.#gap = gap;
    this.#mark(() => {
      const results = this.#closeSegment(false);
      // Nor does what may become speech reach over the gap.
      this.#segmenter.close();
      this.#missingSamples = gap.missingSamples;
      this.#gap = null;
      return results;
    });
    return true;
  }

  takeDueMarkers(): DueResult[] {
    const due: DueResult[] = [];
    while (this.hasDueMarker) due.push(...this.#markers.shift()!.action());
    return due;
  }

  /** Takes the network's outputs of this channel's next steps; returns what is to be reported, in order. */
  acceptSteps(outputs: StepOutputs): DueResult[] {
    const due: DueResult[] = [];
    const size = this.#valueSize;
    this.#stepsInFlight -= outputs.steps;
    for (let i = 0; i < outputs.steps; i++) {
      const index = outputs.firstStep + i;
      const probability = 1 / (1 + Math.exp(-outputs.speech[index]!));
      this.#acceptStep(outputs.values, index * size, outputs.attention[index]!, probability, due);
    }
    return due;
  }

  /** Everything but settings, when nothing waits but less than a step. */
  writeState(writer: StateWriter): void {
    writer.flag(this.#state !== null);
    if (this.#state) writer.array(this.#state);
    this.#queue.writeState(writer);
    for (const value of [
      this.#steps,
      this.#speechSteps,
      this.#segmentSpeechSteps,
      this.#segments,
      this.#revision,
      this.#events,
      this.#missingSamples,
      this.#trendSpeechSteps,
    ]) {
      writer.count(value);
    }
    writer.sparse(this.#shareSamples);
    this.#segmenter.writeState(writer);
    const { inSpeech, inOnset, inPause } = this.#segmenter;
    this.#pool.writeState(writer, inSpeech || inOnset, inPause);
    this.#trend?.writeState(writer);
  }

  readState(reader: StateReader): void {
    if (reader.flag()) reader.array(this.state);
    this.#queue.readState(reader, this.#stepFrames - 1);
    this.#steps = reader.count(mostSteps);
    this.#speechSteps = reader.count(this.#steps);
    this.#segmentSpeechSteps = reader.count(this.#steps);
    this.#segments = reader.count(mostSteps);
    this.#revision = reader.count(mostSteps);
    this.#events = reader.count(mostSteps);
    this.#missingSamples = reader.count();
    this.#trendSpeechSteps = reader.count(this.#segmentSpeechSteps);
    reader.sparse(this.#shareSamples);
    this.#segmenter.readState(reader, this.#steps);
    const { inSpeech, inOnset, inPause } = this.#segmenter;
    this.#pool.readState(reader, inSpeech || inOnset, inPause);
    this.#trend?.readState(reader);
  }

  #acceptStep(
    values: Float32Array,
    offset: number,
    score: number,
    probability: number,
    due: DueResult[],
  ): void {
    const step = this.#steps++;
    const segmenter = this.#segmenter;
    const state = segmenter.accept(probability);
    const speaks = probability >= this.#manifest.speech.offsetProbability;
    if (speaks) this.#speechSteps++;
    // The step that ends a segment is not part of it.
    if (state === 'ended') this.#addEnded(due);
    const inSegment = state !== 'silence' && state !== 'ended';
    if (state === 'onset-first' || (state === 'started' && segmenter.startStep === step)) {
      this.#pool.beginSegment();
      this.#segmentSpeechSteps = 0;
      this.#trendSpeechSteps = 0;
    } else if (state === 'pause-first') {
      this.#pool.beginPause();
    }
    this.#pool.addStep(values, offset, score, inSegment);
    if (inSegment) {
      if (speaks) this.#segmentSpeechSteps++;
      if (state === 'started') due.push(this.#eventResult('SpeechStarted', segmenter.startStep));
      else if (state === 'split') this.#addEnded(due);
      else if (segmenter.inSpeech) this.#addInterim(step + 1, due);
    }
    if (this.#trend) this.#addTrend(this.#trend, step, due);
  }

  #addInterim(endStep: number, due: DueResult[]): void {
    // The trend hears of it even where nobody else does.
    if (!this.#settings.interimResults && !this.#trend) return;
    const start = this.#segmenter.startStep;
    if ((endStep - start) % this.#intervalSteps !== 0) return;
    const sum = this.#pool.window();
    due.push(this.#emotionResult(sum, endStep - sum.steps, endStep, false, false));
  }

  #addTrend(trend: Trend, step: number, due: DueResult[]): void {
    const { trendSamples } = this.#settings;
    const end = this.#sampleOf(step + 1);
    if (Math.floor(end / trendSamples) === Math.floor((end - this.#stepSamples) / trendSamples)) return;
    due.push({
      pooled: null,
      deliver: () => {
        const span = trend.at(end);
        if (span) this.#report({ type: 'Trend', channel: this.#channel, atSample: end, ...span });
      },
    });
  }

  #closeSegment(fromFinalize: boolean): DueResult[] {
    if (!this.#segmenter.inSpeech) return [];
    const inPause = this.#segmenter.inPause;
    this.#segmenter.close();
    const sum = inPause ? this.#pool.segmentBeforePause() : this.#pool.segment();
    return this.#finalResults(sum, fromFinalize);
  }

  #addEnded(due: DueResult[]): void {
    // The step that ends a segment is not in the sums; a pause of one step never became `pause-first`.
    const hadPause = this.#segmenter.endStep < this.#steps - 1;
    const sum = hadPause ? this.#pool.segmentBeforePause() : this.#pool.segment();
    due.push(...this.#finalResults(sum, false));
  }

  #finalResults(sum: PoolSum, fromFinalize: boolean): DueResult[] {
    const { startStep, endStep } = this.#segmenter;
    const results = [
      this.#eventResult('SpeechEnded', endStep),
      this.#emotionResult(sum, startStep, endStep, true, fromFinalize),
    ];
    this.#segments++;
    this.#revision = 0;
    return results;
  }

  #eventResult(type: 'SpeechStarted' | 'SpeechEnded', step: number): DueResult {
    const event = { type, channel: this.#channel, atSample: this.#sampleOf(step) };
    return { pooled: null, deliver: () => this.#report(event) };
  }

  #emotionResult(
    sum: PoolSum,
    startStep: number,
    endStep: number,
    isFinal: boolean,
    fromFinalize: boolean,
  ): DueResult {
    const speechSteps = this.#segmentSpeechSteps;
    const newSpeechSamples = (speechSteps - this.#trendSpeechSteps) * this.#stepSamples;
    this.#trendSpeechSteps = speechSteps;
    const isReported = isFinal || this.#settings.interimResults;
    const span = {
      type: 'Emotion',
      channel: this.#channel,
      segment: this.#segments,
      revision: isReported ? this.#revision++ : this.#revision,
      startSample: this.#sampleOf(startStep),
      endSample: this.#sampleOf(endStep),
      isFinal,
      fromFinalize,
      speechRatio: Math.min(1, speechSteps / (endStep - this.#segmenter.startStep)),
    } as const;
    return {
      pooled: sum.meanAndDeviation(),
      deliver: (logits) => {
        const event: Unnumbered<EmotionEvent> = { ...span, ...this.#judge(logits, speechSteps) };
        if (isFinal && event.label !== null) {
          this.#shareSamples[this.#manifest.labels.indexOf(event.label)]! +=
            event.endSample - event.startSample;
        }
        this.#trend?.add(event.endSample, newSpeechSamples, event);
        if (isReported) this.#report(event);
      },
    };
  }

  #summaryResult(audioSamples: number, deliver: (summary: ChannelSummary) => void): DueResult {
    return {
      pooled: this.#steps > 0 ? this.#pool.channel().meanAndDeviation() : null,
      deliver: (logits) => {
        const { labels } = this.#manifest;
        const total = this.#shareSamples.reduce((sum, samples) => sum + samples, 0);
        const share: Record<string, number> = {};
        for (const [i, label] of labels.entries()) {
          const samples = this.#shareSamples[i]!;
          if (samples > 0) share[label] = samples / total;
        }
        deliver({
          channel: this.#channel,
          audioSamples,
          speechSamples: this.#speechSteps * this.#stepSamples,
          segments: this.#segments,
          share,
          ...this.#judge(logits, this.#speechSteps),
        });
      },
    };
  }

  #judge(logits: Float32Array | null, speechSteps: number): Judgement {
    const speechMs = (1000 * speechSteps * this.#stepSamples) / this.#manifest.features.sampleRate;
    return judge(this.#manifest, logits, speechMs);
  }

  #report(event: Unnumbered<RecogniserEvent>): void {
    this.#emit({ ...event, ordinal: this.#events++ });
  }

  #toSteps(samples: number): number {
    return Math.max(1, Math.round(samples / this.#stepSamples));
  }

  /** The stream's clock where a step begins. */
  #sampleOf(step: number): number {
    return step * this.#stepSamples + this.#missingSamples;
  }

  #mark(action: Marker['action']): void {
    const step = this.#steps + this.#stepsInFlight + Math.floor(this.#queue.frames / this.#stepFrames);
    this.#markers.push({ step, action });
  }
}
