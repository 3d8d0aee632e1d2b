/** Golden outputs of a model (`golden.json`): inputs with what the trainer makes of them, kept beside the model. */

export const goldenSchema = 'undertone.golden/1';

/** Of a streaming model: one recording from the start of a stream; T = `frames`, T' = steps. */
export interface StreamingGoldenCase {
  readonly frames: number;
  /** `[T, F]` model inputs. */
  readonly features: readonly number[];
  /** `[T']` */
  readonly attention: readonly number[];
  /** `[T']` */
  readonly speech: readonly number[];
  /** `[K]` values of the last step. */
  readonly lastValues: readonly number[];
  /** `[C]` class logits of the whole recording, pooled over all steps. */
  readonly logits: readonly number[];
}

/** Of a model of windows: one window, as the network takes it, and what comes out. */
export interface WindowGoldenCase {
  /** `[T, F]` of `frames`, `[D]` of `functionals`. */
  readonly window: readonly number[];
  /** `[C]`: `logits` of `frames`, `probabilities` of `functionals`. */
  readonly outputs: readonly number[];
}

/** Of the network that fits a head: steps from zeros on a few made-up clips, and what they lead to. */
export interface AdaptationGolden {
  readonly rows: number;
  /** `[rows, 2K]` */
  readonly pooled: readonly number[];
  /** `[rows, C]` of the shipped head. */
  readonly logits: readonly number[];
  /** `[rows, C]` */
  readonly targets: readonly number[];
  readonly rate: number;
  readonly momentum: number;
  readonly decay: number;
  /** Before each step. */
  readonly losses: readonly number[];
  /** `[rows, C]` of the adapted head, after the last step. */
  readonly adaptedLogits: readonly number[];
}

export interface Golden<Case = StreamingGoldenCase | WindowGoldenCase> {
  readonly schema: typeof goldenSchema;
  /** Largest absolute difference that rounding explains. */
  readonly tolerance: number;
  readonly cases: readonly Case[];
  /** Where the model has `files.adapt`. */
  readonly adaptation?: AdaptationGolden;
}
