/**
 * One channel of one stream: waiting frames, the network's state, pooling sums, speech segments and what is to be
 * reported. It decides everything about results and runs nothing: the scheduler moves its frames through the
 * model and brings the outputs back.
 */
import type { Manifest } from '../model/manifest.ts';
import type { ModelRuntime } from '../model/model-runtime.ts';
import { judge } from '../sentiment/judge.ts';
import type { ChannelSummary, EmotionEvent, Judgement, RecogniserEvent } from './events.ts';
import { PoolSum } from './pool-sum.ts';
import { SpeechSegmenter } from './speech-segmenter.ts';
import { StepQueue } from './step-queue.ts';
import { WindowSum } from './window-sum.ts';

export interface ChannelOptions {
  readonly channel: number;
  readonly intervalSamples: number;
  readonly windowSamples: number;
  readonly endpointingSamples: number;
  readonly maxSegmentSamples: number;
  readonly interimResults: boolean;
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

type MarkerAction = () => readonly DueResult[];

export class ChannelRecogniser {
  /** Made with the first step: a stream that is still silent should cost little. */
  #state: Float32Array | null = null;
  readonly #stateSize: number;
  readonly #queue: StepQueue;
  readonly #manifest: Manifest;
  readonly #stepFrames: number;
  readonly #valueSize: number;
  readonly #options: ChannelOptions;
  readonly #emit: (event: RecogniserEvent) => void;
  readonly #stepSamples: number;
  readonly #intervalSteps: number;
  readonly #segmenter: SpeechSegmenter;
  readonly #channelSum: PoolSum;
  readonly #segmentSum: PoolSum;
  /** The segment without the pause at its end. */
  readonly #segmentBeforePause: PoolSum;
  readonly #window: WindowSum;
  readonly #shareSamples = new Map<string, number>();
  /** Actions at a position of the stream (Finalize, end), ordered by step. */
  readonly #markers: { step: number; action: MarkerAction }[] = [];
  /** Steps whose outputs have been taken in. */
  #steps = 0;
  #stepsInFlight = 0;
  #speechSteps = 0;
  #segmentSpeechSteps = 0;
  #segments = 0;
  #revision = 0;

  constructor(
    model: Omit<ModelRuntime, 'step' | 'head' | 'close'>,
    options: ChannelOptions,
    emit: (event: RecogniserEvent) => void,
  ) {
    const { manifest } = model;
    this.#manifest = manifest;
    this.#stepFrames = model.stepFrames;
    this.#valueSize = model.valueSize;
    this.#options = options;
    this.#emit = emit;
    this.#stepSamples = model.stepFrames * manifest.features.hopSamples;
    const toSteps = (samples: number): number => Math.max(1, Math.round(samples / this.#stepSamples));
    const stepMs = (1000 * this.#stepSamples) / manifest.features.sampleRate;
    this.#intervalSteps = toSteps(options.intervalSamples);
    this.#segmenter = new SpeechSegmenter({
      onsetProbability: manifest.speech.onsetProbability,
      offsetProbability: manifest.speech.offsetProbability,
      onsetSteps: Math.max(1, Math.round(manifest.speech.minSpeechMs / stepMs)),
      endpointingSteps: toSteps(options.endpointingSamples),
      maxSegmentSteps: toSteps(options.maxSegmentSamples),
    });
    const size = model.valueSize;
    this.#queue = new StepQueue(model.inputSize);
    this.#stateSize = model.stateSize;
    this.#channelSum = new PoolSum(size);
    this.#segmentSum = new PoolSum(size);
    this.#segmentBeforePause = new PoolSum(size);
    this.#window = new WindowSum(size, toSteps(options.windowSamples));
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
    this.#channelSum.addStep(values, offset, score);
    if (speaks) this.#speechSteps++;
    if (state === 'silence') return;
    if (state === 'ended') {
      due.push(...this.#ended(false));
      return;
    }
    const first = state === 'onset-first' || (state === 'started' && segmenter.startStep === step);
    if (first) {
      this.#segmentSum.reset();
      this.#window.reset();
      this.#segmentSpeechSteps = 0;
    }
    if (state === 'pause-first') this.#segmentBeforePause.copyFrom(this.#segmentSum);
    this.#segmentSum.addStep(values, offset, score);
    this.#window.addStep(values, offset, score);
    if (speaks) this.#segmentSpeechSteps++;
    if (state === 'started') due.push(this.#eventResult('SpeechStarted', segmenter.startStep));
    else if (state === 'split') due.push(...this.#ended(false));
    else if (segmenter.inSpeech && this.#options.interimResults) this.#addInterim(step + 1, due);
  }

  #addInterim(endStep: number, due: DueResult[]): void {
    const start = this.#segmenter.startStep;
    if ((endStep - start) % this.#intervalSteps !== 0) return;
    const sum = this.#window.total();
    due.push(this.#emotionResult(sum, endStep - sum.steps, endStep, false, false));
  }

  #closeSegment(fromFinalize: boolean): DueResult[] {
    if (!this.#segmenter.inSpeech) return [];
    const inPause = this.#segmenter.inPause;
    this.#segmenter.close();
    if (!inPause) this.#segmentBeforePause.copyFrom(this.#segmentSum);
    return this.#finalResults(this.#segmentBeforePause, fromFinalize);
  }

  #ended(fromFinalize: boolean): DueResult[] {
    // The step that ends a segment is not in the sums; a pause of one step never became `pause-first`.
    const hadPause = this.#segmenter.endStep < this.#steps - 1;
    return this.#finalResults(hadPause ? this.#segmentBeforePause : this.#segmentSum, fromFinalize);
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
    const event = { type, channel: this.#options.channel, atSample: step * this.#stepSamples };
    return { pooled: null, deliver: () => this.#emit(event) };
  }

  #emotionResult(
    sum: PoolSum,
    startStep: number,
    endStep: number,
    isFinal: boolean,
    fromFinalize: boolean,
  ): DueResult {
    const speechSteps = this.#segmentSpeechSteps;
    const span = {
      type: 'Emotion',
      channel: this.#options.channel,
      segment: this.#segments,
      revision: this.#revision++,
      startSample: startStep * this.#stepSamples,
      endSample: endStep * this.#stepSamples,
      isFinal,
      fromFinalize,
      speechRatio: Math.min(1, speechSteps / (endStep - this.#segmenter.startStep)),
    } as const;
    return {
      pooled: sum.meanAndDeviation(),
      deliver: (logits) => {
        const event: EmotionEvent = { ...span, ...this.#judge(logits, speechSteps) };
        if (isFinal && event.label !== null) {
          const samples = event.endSample - event.startSample;
          this.#shareSamples.set(event.label, (this.#shareSamples.get(event.label) ?? 0) + samples);
        }
        this.#emit(event);
      },
    };
  }

  #summaryResult(audioSamples: number, deliver: (summary: ChannelSummary) => void): DueResult {
    return {
      pooled: this.#steps > 0 ? this.#channelSum.meanAndDeviation() : null,
      deliver: (logits) => {
        let total = 0;
        for (const samples of this.#shareSamples.values()) total += samples;
        const share = Object.fromEntries([...this.#shareSamples].map(([label, n]) => [label, n / total]));
        deliver({
          channel: this.#options.channel,
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

  #mark(action: MarkerAction): void {
    const step = this.#steps + this.#stepsInFlight + Math.floor(this.#queue.frames / this.#stepFrames);
    this.#markers.push({ step, action });
  }
}
