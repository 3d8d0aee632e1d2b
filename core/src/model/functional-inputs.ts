/**
 * Inputs of the kind `functionals`: raw frames are described as they come, summed up hop by hop, and at the end of each
 * hop the functionals of the window that ends there are written, packed over the rows of the hop (`FunctionalWindows`).
 */
import { rawFrameSize } from '../features/feature-config.ts';
import { FrameDescriber } from '../features/functionals/frame-describer.ts';
import { FunctionalBlock } from '../features/functionals/functional-block.ts';
import { functionalsOf } from '../features/functionals/functionals-of.ts';
import { FunctionalsPlan } from '../features/functionals/functionals-plan.ts';
import type { ReserveFrames } from '../features/signal-path.ts';
import { SpeechDetector } from '../features/speech-detector.ts';
import { damaged, type StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import { functionalsOffset, packedInputSize } from './functional-windows.ts';
import type { FunctionalsManifest } from './manifest.ts';
import type { ModelInputs } from './model-inputs.ts';
import { SlidingBlocks } from './sliding-blocks.ts';
import { mostPauseSpeech, pauseFrames } from './window-weight.ts';

type Config = Pick<FunctionalsManifest, 'features' | 'windowFrames' | 'hopFrames'>;

const plans = new WeakMap<object, FunctionalsPlan>();

/** Tables are shared by the streams of a model. */
function planOf(config: Config): FunctionalsPlan {
  let plan = plans.get(config.features);
  if (!plan) {
    plan = new FunctionalsPlan(config.features);
    plans.set(config.features, plan);
  }
  return plan;
}

export class FunctionalInputs implements ModelInputs {
  readonly shift: null = null;
  readonly size: number;
  readonly #rawSize: number;
  readonly #windowFrames: number;
  readonly #hopFrames: number;
  readonly #describer: FrameDescriber;
  readonly #detector: SpeechDetector;
  readonly #window: SlidingBlocks;
  /** Speech summed over each hop of the window, oldest first, the newest still growing. */
  readonly #speech: number[] = [0];
  #hop: FunctionalBlock;

  constructor(config: Config) {
    const plan = planOf(config);
    this.size = packedInputSize(plan.size, config.hopFrames);
    this.#rawSize = rawFrameSize(config.features);
    this.#windowFrames = config.windowFrames;
    this.#hopFrames = config.hopFrames;
    this.#describer = new FrameDescriber(plan);
    this.#detector = new SpeechDetector(config.features);
    this.#window = new SlidingBlocks(plan, config.windowFrames / config.hopFrames);
    this.#hop = new FunctionalBlock(plan);
  }

  accept(raw: Float32Array, reserve: ReserveFrames): number {
    const frames = raw.length / this.#rawSize;
    const hops = Math.floor((this.#hop.frames + frames) / this.#hopFrames);
    const written = hops * this.#hopFrames;
    const room = hops > 0 ? reserve(written) : null;
    let at = room ? room.offset : 0;
    for (let t = 0; t < frames; t++) {
      this.#describer.next(raw, t * this.#rawSize);
      this.#hop.add(this.#describer);
      this.#speech[this.#speech.length - 1]! += this.#detector.accept(raw, t * this.#rawSize);
      if (this.#hop.frames < this.#hopFrames) continue;
      this.#finishHop(room!.buffer, at);
      at += this.#hopFrames * this.size;
    }
    return written;
  }

  writeState(writer: StateWriter): void {
    this.#describer.writeState(writer);
    this.#detector.writeState(writer);
    this.#hop.writeState(writer);
    this.#window.writeState(writer);
    writer.count(this.#speech.length);
    for (const speech of this.#speech) writer.number(speech);
  }

  readState(reader: StateReader): void {
    this.#describer.readState(reader);
    this.#detector.readState(reader);
    const { frames } = this.#describer;
    this.#hop.readState(reader, frames, this.#hopFrames - 1);
    this.#window.readState(reader, frames - this.#hop.frames, this.#hopFrames);
    const hops = reader.count(this.#windowFrames / this.#hopFrames);
    if (hops === 0) damaged('the speech of a hop', 'none');
    this.#speech.length = 0;
    for (let i = 0; i < hops; i++) this.#speech.push(reader.number(0, this.#hopFrames));
  }

  #finishHop(buffer: Float32Array, at: number): void {
    const speech = this.#speech;
    const quietHops = Math.ceil(pauseFrames / this.#hopFrames);
    const quiet = speech.slice(-quietHops).reduce((sum, each) => sum + each);
    if (speech.length > quietHops && quiet < mostPauseSpeech * quietHops * this.#hopFrames) {
      this.#window.keepNewest(quietHops - 1);
      speech.splice(0, speech.length - quietHops);
    }
    const functionals = functionalsOf(this.#window.push(this.#hop));
    const inWindow = speech.reduce((sum, each) => sum + each);
    buffer.fill(0, at, at + this.#hopFrames * this.size);
    buffer[at] = speech.at(-1)! / this.#hopFrames;
    buffer[at + 1] = inWindow / this.#windowFrames;
    buffer.set(functionals, at + functionalsOffset);
    this.#hop.reset();
    speech.push(0);
    if (speech.length > this.#windowFrames / this.#hopFrames) speech.shift();
  }
}
