/** The network that fits a head to a voice (`adapt.onnx`): forward pass, loss, gradient and update in one call. */
import { correctionSize } from './head-correction.ts';
import { type ModelFiles, readChecked } from './load-model.ts';
import type { StreamingManifest } from './manifest.ts';
import {
  floatsOf,
  mismatch,
  type OrtLike,
  type OrtSessionLike,
  openSession,
  probing,
} from './onnx-session.ts';
import { validateManifest } from './validate-manifest.ts';

const names = {
  inputs: ['pooled', 'logits', 'targets', 'weights', 'velocity', 'rate', 'momentum', 'decay'],
  outputs: ['weights_out', 'velocity_out', 'loss'],
};

/** What is learned from: N clips. */
export interface HeadBatch {
  readonly rows: number;
  /** `[N, 2K]`: what the head takes. */
  readonly pooled: Float32Array;
  /** `[N, C]`: what the shipped head makes of it. A class at -1e4 is left out of everything. */
  readonly logits: Float32Array;
  /** `[N, C]`: a row's sum is its weight. */
  readonly targets: Float32Array;
}

/** What a step changes; all zeros at first. */
export interface HeadState {
  /** As `addCorrection` takes them. */
  readonly weights: Float32Array;
  /** Of the same size. */
  readonly velocity: Float32Array;
}

export interface HeadStepSettings {
  readonly rate: number;
  /** Share of the velocity that is kept. */
  readonly momentum: number;
  /** Pull towards the shipped head, per step and unit of rate. */
  readonly decay: number;
}

export interface HeadTrainer {
  readonly manifest: StreamingManifest;
  /** K */
  readonly valueSize: number;
  /** Gradient descent with momentum (Polyak 1964): v' = momentum v + gradient + decay w; w' = w - rate v'. */
  step(
    batch: HeadBatch,
    state: HeadState,
    settings: HeadStepSettings,
  ): Promise<{ readonly state: HeadState /** Before the step. */; readonly loss: number }>;
  close(): Promise<void>;
}

/**
 * @param files of a model folder whose manifest names `files.adapt`
 * @throws UndertoneError `bad_manifest`; `model_mismatch` for a model without such a network, or another one than its manifest's;
 * and what `read` throws
 */
export async function openHeadTrainer(files: ModelFiles): Promise<HeadTrainer> {
  const manifest = validateManifest(files.manifest);
  if (manifest.kind !== 'streaming' || !manifest.files.adapt) {
    mismatch(
      'a model that can be adapted (files.adapt in its manifest; undertone-train adaptable adds it)',
      `${manifest.name}@${manifest.version} of kind "${manifest.kind}" without it`,
    );
  }
  const { path } = manifest.files.adapt;
  const bytes = await readChecked(files, manifest.files.adapt);
  const trainer = new OnnxHeadTrainer(files.ort, manifest, await openSession(files.ort, bytes, path, names));
  try {
    await probing(() => trainer.probe());
  } catch (error) {
    await trainer.close();
    throw error;
  }
  return trainer;
}

class OnnxHeadTrainer implements HeadTrainer {
  readonly manifest: StreamingManifest;
  readonly valueSize: number;
  readonly #ort: OrtLike;
  readonly #session: OrtSessionLike;
  #closed = false;

  constructor(ort: OrtLike, manifest: StreamingManifest, session: OrtSessionLike) {
    this.#ort = ort;
    this.manifest = manifest;
    this.valueSize = manifest.valueSize;
    this.#session = session;
  }

  async step(
    { rows, pooled, logits, targets }: HeadBatch,
    { weights, velocity }: HeadState,
    { rate, momentum, decay }: HeadStepSettings,
  ): Promise<{ readonly state: HeadState; readonly loss: number }> {
    const { Tensor } = this.#ort;
    const classes = this.manifest.labels.length;
    const size = correctionSize(this);
    const scalar = (value: number): InstanceType<typeof Tensor> =>
      new Tensor('float32', Float32Array.of(value), []);
    const out = await this.#session.run({
      pooled: new Tensor('float32', pooled, [rows, 2 * this.valueSize]),
      logits: new Tensor('float32', logits, [rows, classes]),
      targets: new Tensor('float32', targets, [rows, classes]),
      weights: new Tensor('float32', weights, [size]),
      velocity: new Tensor('float32', velocity, [size]),
      rate: scalar(rate),
      momentum: scalar(momentum),
      decay: scalar(decay),
    });
    return {
      state: {
        weights: floatsOf(out, 'weights_out', [size]),
        velocity: floatsOf(out, 'velocity_out', [size]),
      },
      loss: floatsOf(out, 'loss', [])[0]!,
    };
  }

  async probe(): Promise<void> {
    const classes = this.manifest.labels.length;
    const rows = 2;
    const size = correctionSize(this);
    await this.step(
      {
        rows,
        pooled: new Float32Array(rows * 2 * this.valueSize),
        logits: new Float32Array(rows * classes),
        targets: new Float32Array(rows * classes),
      },
      { weights: new Float32Array(size), velocity: new Float32Array(size) },
      { rate: 0, momentum: 0, decay: 0 },
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#session.release();
  }
}
