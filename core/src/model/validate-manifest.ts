/** Checks that a parsed `manifest.json` has the expected shape; the first misfit is named with what was found. */
import { UndertoneError } from '../errors.ts';
import { modelFrameSize } from '../features/causal-normaliser.ts';
import { FunctionalsPlan, functionalNames } from '../features/functionals/functionals-plan.ts';
import {
  boolean,
  type Check,
  list,
  literal,
  number,
  object,
  oneOf,
  optional,
  refuse,
  string,
} from './check-shape.ts';
import type { Manifest, ModelKind, WindowManifest } from './manifest.ts';
import { windowBytes } from './sliding-blocks.ts';
import { createWindows } from './windows.ts';

const file = object({
  path: (value, at) => {
    if (typeof value !== 'string' || !/^[\w.-]+$/.test(value)) refuse(at, 'a plain file name', value);
  },
  sha256: (value, at) => {
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
      refuse(at, '64 lower-case hex digits', value);
  },
});

const features = object({
  sampleRate: literal(16000),
  windowSamples: literal(400),
  hopSamples: literal(160),
  logMel: object({
    bands: number(8, 128, true),
    lowHz: number(0, 7999),
    highHz: number(1, 8000),
    window: oneOf('povey', 'hann'),
    preemphasis: number(0, 0.999),
    removeDcOffset: boolean,
    energyFloor: number(1e-12, 1),
  }),
  pitch: object({ floorHz: number(40, 400), ceilingHz: number(100, 1000) }),
  preprocess: optional(
    object({
      suppressor: optional(
        object({
          kind: literal('log-mmse'),
          maxAttenuationDb: number(1, 40),
          smoothing: number(0, 0.999),
        }),
      ),
      loudness: optional(
        object({
          weighting: oneOf('k', 'none'),
          targetDb: number(-60, 0),
          maxGainDb: number(0, 40),
          maxSlewDbPerS: number(0.1, 100),
          priorS: number(0, 60),
          memoryS: number(1, 3600),
        }),
      ),
      trimSilence: optional(object({ belowLoudDb: number(10, 80), keepMs: number(0, 2000) })),
    }),
  ),
  functionals: optional(
    object({
      coefficients: number(1, 40, true),
      deltas: boolean,
      percentiles: list(number(0, 1), 0, 9),
      level: oneOf('absolute', 'relative'),
      gateDb: number(10, 80),
    }),
  ),
});

const normalisationOfAnyKind = object({
  kind: oneOf('causal-mean', 'causal-level'),
  priorFrames: number(0, 1e6),
  maxFrames: number(1, 1e9),
  priorMean: list(number(-1e3, 1e3), 8, 128),
  scale: number(1e-6, 1e6),
  priorLogF0: number(0, 20),
  priorVoicedFrames: number(0, 1e6),
});

const level = object({
  floor: list(number(-1e3, 1e3), 8, 128),
  lead: number(0, 100),
  voicedFrames: number(0, 1e6, true),
  memoryFrames: number(1, 1e9),
});

const normalisation: Check = (value, at) => {
  normalisationOfAnyKind(value, at);
  const found = value as { kind: string; level?: unknown };
  if (found.kind === 'causal-level') level(found.level, `${at}.level`);
  else if (found.level !== undefined) refuse(`${at}.level`, 'nothing with "causal-mean"', found.level);
};

const everyKind = object({
  schema: literal('undertone.model/1'),
  name: string,
  version: string,
  kind: oneOf('streaming', 'frames', 'functionals'),
  labels: list(string, 2, 64),
  features,
  featureHash: string,
  inputSize: number(1, 4096, true),
  calibration: object({ temperature: number(0.01, 100) }),
  speech: object({
    onsetProbability: number(0, 1),
    offsetProbability: number(0, 1),
    minSpeechMs: number(0, 5000),
  }),
  abstention: object({ minConfidence: number(0, 1), minSpeechMs: number(0, 60000) }),
  sentiment: object({ source: string }),
  training: object({ corpora: list(string, 1, 64), licence: string, seed: number(0, 2 ** 53) }),
  metrics: object({}),
});

const windowLayout = {
  windowFrames: number(1, 6000, true),
  hopFrames: number(1, 1000, true),
  files: object({ model: file }),
};

/** What only manifests of one kind say. */
const ofKind: Readonly<Record<ModelKind, Check>> = {
  streaming: object({
    normalisation,
    files: object({ step: file, head: file, adapt: optional(file) }),
    stateSize: number(1, 1e6, true),
    valueSize: number(1, 4096, true),
    stepFrames: number(1, 64, true),
  }),
  frames: object({ normalisation, ...windowLayout }),
  functionals: object(windowLayout),
};

/** A stream's memory must stay small however a model was trained. */
const mostStateBytes = 256 * 1024;

/**
 * @param value parsed JSON
 * @throws UndertoneError `bad_manifest` naming the first field that does not fit
 */
export function validateManifest(value: unknown): Manifest {
  everyKind(value, '');
  const manifest = value as Manifest;
  ofKind[manifest.kind](value, '');
  checkInputs(manifest);
  if (manifest.kind !== 'streaming') checkWindows(manifest);
  const { onsetProbability, offsetProbability } = manifest.speech;
  if (offsetProbability > onsetProbability) {
    refuse('speech.offsetProbability', `at most the onset's, ${onsetProbability}`, offsetProbability);
  }
  checkLabels(manifest);
  return manifest;
}

function checkInputs(manifest: Manifest): void {
  const { features, kind } = manifest;
  if (kind === 'functionals' && !features.functionals) {
    refuse('features.functionals', 'which functionals the model takes', undefined);
  }
  const expected = kind === 'functionals' ? functionalsCount(manifest) : modelFrameSize(features);
  if (manifest.inputSize !== expected) {
    refuse('inputSize', `${expected}, which the feature configuration gives`, manifest.inputSize);
  }
  if (kind === 'functionals') return;
  const { bands } = features.logMel;
  const { priorMean, level } = manifest.normalisation;
  if (priorMean.length !== bands) {
    refuse('normalisation.priorMean', `${bands} entries, one per band`, priorMean.length);
  }
  if (level && level.floor.length !== bands) {
    refuse('normalisation.level.floor', `${bands} entries, one per band`, level.floor.length);
  }
}

function functionalsCount({ features }: Manifest): number {
  try {
    return functionalNames(features).length;
  } catch (cause) {
    if (!(cause instanceof UndertoneError)) throw cause;
    refuse(
      'features.functionals',
      `functionals that can be computed (${cause.message})`,
      features.functionals,
    );
  }
}

function checkWindows(manifest: WindowManifest): void {
  const { windowFrames, hopFrames } = manifest;
  if (windowFrames % hopFrames !== 0) {
    refuse('windowFrames', `a multiple of hopFrames, ${hopFrames}`, windowFrames);
  }
  const stateBytes =
    manifest.kind === 'functionals'
      ? windowBytes(new FunctionalsPlan(manifest.features), windowFrames / hopFrames)
      : 4 * createWindows(manifest).stateSize;
  if (stateBytes > mostStateBytes) {
    refuse(
      'windowFrames',
      `windows that a stream keeps in ${mostStateBytes} bytes, not ${stateBytes}`,
      windowFrames,
    );
  }
}

function checkLabels({ labels, sentiment }: Manifest): void {
  if (new Set(labels).size !== labels.length) refuse('labels', 'different names', labels);
  for (const label of labels) {
    oneOf('negative', 'neutral', 'positive')(sentiment.classes?.[label], `sentiment.classes.${label}`);
    object({ valence: number(-1, 1), arousal: number(-1, 1) })(
      sentiment.coordinates?.[label],
      `sentiment.coordinates.${label}`,
    );
  }
}
