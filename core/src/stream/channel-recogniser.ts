/**
 * One channel of one stream: waiting frames, the network's state, pooling sums, speech segments and what is to be
 * reported. It decides everything about results and runs nothing: the scheduler moves its frames through the
 * model and brings the outputs back.
 */
import type { Manifest } from '../model/manifest.ts';
import type { ModelRuntime } from '../model/model-runtime.ts';
import type { Spurt } from '../sentiment/conversation.ts';
import { ChannelPool } from './channel-pool.ts';
import { ChannelReporter, type DueResult, type SegmentPart } from './channel-reporter.ts';
import type { ChannelSummary, RecogniserEvent } from './events.ts';
import type { PoolSum } from './pool-sum.ts';
import { SpeechSegmenter } from './speech-segmenter.ts';
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';
import type { Stateful } from './stateful.ts';
import { StepQueue } from './step-queue.ts';

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

/** No stream has more steps. */
const mostSteps = 2 ** 40;

export class ChannelRecogniser implements Stateful {
  /** Made with the first step: a stream that is still silent should cost little. */
  #state: Float32Array | null = null;
  readonly #stateSize: number;
  readonly #queue: StepQueue;
  readonly #manifest: Manifest;
  readonly #stepFrames: number;
  readonly #valueSize: number;
  readonly #stepSamples: number;
  readonly #segmenter: SpeechSegmenter;
  readonly #pool: ChannelPool;
  readonly #reporter: ChannelReporter;
  readonly #onSpurt: (spurt: Spurt) => void;
  #settings: ChannelSettings;
  #intervalSteps: number;
  /** Actions at a position of the stream (Finalize, end), ordered by step. */
  readonly #markers: Marker[] = [];
  /** Steps whose outputs have been taken in. */
  #steps = 0;
  #stepsInFlight = 0;
  #speechSteps = 0;
  #segmentSpeechSteps = 0;
  /** The gap that is marked and not yet reached. */
  #gap: { missingSamples: number } | null = null;

  constructor(
    model: Omit<ModelRuntime, 'step' | 'head' | 'close'>,
    options: ChannelOptions,
    emit: (event: RecogniserEvent) => void,
    onSpurt: (spurt: Spurt) => void = () => {},
  ) {
    const { manifest } = model;
    this.#manifest = manifest;
    this.#stepFrames = model.stepFrames;
    this.#valueSize = model.valueSize;
    this.#settings = options;
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
    this.#reporter = new ChannelReporter(manifest, this.#stepSamples, options.channel, emit);
    this.#reporter.setTrend(options.trendSamples);
    this.#onSpurt = onSpurt;
  }

  /** On the stream's clock: all speech before it has gone to `onSpurt`. */
  get reachedSample(): number {
    const { inSpeech, inOnset, startStep } = this.#segmenter;
    return this.#reporter.sampleOf(inSpeech || inOnset ? startStep : this.#steps);
  }

  /** Samples of the stream that were not heard. */
  get missingSamples(): number {
    return this.#reporter.missingSamples;
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
    this.#mark(() => {
      const results = this.#closeSegment(false);
      const whole = this.#steps > 0 ? this.#pool.channel() : null;
      const [steps, speechSteps] = [this.#steps, this.#speechSteps];
      return [...results, this.#reporter.summary(whole, audioSamples, steps, speechSteps, deliver)];
    });
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
      this.#reporter.setTrend(settings.trendSamples);
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
      this.#reporter.missingSamples = missingSamples;
      return false;
    }
    const gap = { missingSamples };
    this.#gap = gap;
    this.#mark(() => {
      const results = this.#closeSegment(false);
      // Nor does what may become speech reach over the gap.
      this.#segmenter.close();
      this.#reporter.missingSamples = gap.missingSamples;
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
    writer.count(this.#steps);
    writer.count(this.#speechSteps);
    writer.count(this.#segmentSpeechSteps);
    this.#segmenter.writeState(writer);
    const { inSpeech, inOnset, inPause } = this.#segmenter;
    this.#pool.writeState(writer, inSpeech || inOnset, inPause);
    this.#reporter.writeState(writer);
  }

  readState(reader: StateReader): void {
    if (reader.flag()) reader.array(this.state);
    this.#queue.readState(reader, this.#stepFrames - 1);
    this.#steps = reader.count(mostSteps);
    this.#speechSteps = reader.count(this.#steps);
    this.#segmentSpeechSteps = reader.count(this.#steps);
    this.#segmenter.readState(reader, this.#steps);
    const { inSpeech, inOnset, inPause } = this.#segmenter;
    this.#pool.readState(reader, inSpeech || inOnset, inPause);
    this.#reporter.readState(reader);
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
      this.#reporter.beginSegment();
    } else if (state === 'pause-first') {
      this.#pool.beginPause();
    }
    this.#pool.addStep(values, offset, score, inSegment);
    if (inSegment) {
      if (speaks) this.#segmentSpeechSteps++;
      if (state === 'started') due.push(this.#reporter.speechEvent('SpeechStarted', segmenter.startStep));
      else if (state === 'split') this.#addEnded(due);
      else if (segmenter.inSpeech) this.#addInterim(step + 1, due);
    }
    this.#reporter.addTrend(step + 1, due);
  }

  #addInterim(endStep: number, due: DueResult[]): void {
    const isReported = this.#settings.interimResults;
    // The trend hears of it even where nobody else does.
    if (!isReported && !this.#reporter.hasTrend) return;
    if ((endStep - this.#segmenter.startStep) % this.#intervalSteps !== 0) return;
    const sum = this.#pool.window();
    due.push(this.#judgement(sum, endStep - sum.steps, endStep, 'interim', isReported));
  }

  #closeSegment(fromFinalize: boolean): DueResult[] {
    if (!this.#segmenter.inSpeech) return [];
    const inPause = this.#segmenter.inPause;
    this.#segmenter.close();
    const sum = inPause ? this.#pool.segmentBeforePause() : this.#pool.segment();
    return this.#finalResults(sum, fromFinalize ? 'finalized' : 'final');
  }

  #addEnded(due: DueResult[]): void {
    // The step that ends a segment is not in the sums; a pause of one step never became `pause-first`.
    const hadPause = this.#segmenter.endStep < this.#steps - 1;
    const sum = hadPause ? this.#pool.segmentBeforePause() : this.#pool.segment();
    due.push(...this.#finalResults(sum, 'final'));
  }

  #finalResults(sum: PoolSum, kind: 'final' | 'finalized'): DueResult[] {
    const { startStep, endStep } = this.#segmenter;
    this.#reporter.endSegment(startStep, endStep);
    this.#onSpurt({
      startSample: this.#reporter.sampleOf(startStep),
      endSample: this.#reporter.sampleOf(endStep),
      missingSamples: this.#reporter.missingSamples,
    });
    return [
      this.#reporter.speechEvent('SpeechEnded', endStep),
      this.#judgement(sum, startStep, endStep, kind, true),
    ];
  }

  #judgement(
    sum: PoolSum,
    startStep: number,
    endStep: number,
    kind: SegmentPart['kind'],
    isReported: boolean,
  ): DueResult {
    const segmentStep = this.#segmenter.startStep;
    const speechSteps = this.#segmentSpeechSteps;
    return this.#reporter.judgement({ sum, startStep, endStep, segmentStep, speechSteps, kind, isReported });
  }

  #toSteps(samples: number): number {
    return Math.max(1, Math.round(samples / this.#stepSamples));
  }

  #mark(action: Marker['action']): void {
    const step = this.#steps + this.#stepsInFlight + Math.floor(this.#queue.frames / this.#stepFrames);
    this.#markers.push({ step, action });
  }
}
