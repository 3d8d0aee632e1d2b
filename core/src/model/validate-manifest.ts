/** Checks that a parsed `manifest.json` has the expected shape; the first misfit is named with what was found. */
import { UndertoneError } from '../errors.ts';
import { modelFrameSize } from '../features/causal-normaliser.ts';
import type { Manifest } from './manifest.ts';

type Check = (value: unknown, at: string) => void;

function refuse(at: string, expected: string, found: unknown): never {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found)?.slice(0, 80);
  throw new UndertoneError('bad_manifest', `Manifest field ${at}: expected ${expected}, found ${shown}.`);
}

const string: Check = (value, at) => {
  if (typeof value !== 'string' || value === '') refuse(at, 'a non-empty string', value);
};

const literal =
  (expected: string | number | boolean): Check =>
  (value, at) => {
    if (value !== expected) refuse(at, JSON.stringify(expected), value);
  };

const oneOf =
  (...allowed: readonly string[]): Check =>
  (value, at) => {
    if (typeof value !== 'string' || !allowed.includes(value))
      refuse(at, `one of ${allowed.join(', ')}`, value);
  };

const number =
  (min: number, max: number, whole = false): Check =>
  (value, at) => {
    if (typeof value !== 'number' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
      refuse(at, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`, value);
    }
  };

const boolean: Check = (value, at) => {
  if (typeof value !== 'boolean') refuse(at, 'true or false', value);
};

const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(at, 'an object', value);
    for (const [name, check] of Object.entries(fields)) {
      check((value as Record<string, unknown>)[name], at === '' ? name : `${at}.${name}`);
    }
  };

const list =
  (check: Check, min: number, max: number): Check =>
  (value, at) => {
    if (!Array.isArray(value)) refuse(at, 'a list', value);
    if (value.length < min || value.length > max) refuse(at, `${min} to ${max} entries`, value.length);
    for (const [i, entry] of value.entries()) check(entry, `${at}[${i}]`);
  };

const file = object({
  path: (value, at) => {
    if (typeof value !== 'string' || !/^[\w.-]+$/.test(value)) refuse(at, 'a plain file name', value);
  },
  sha256: (value, at) => {
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
      refuse(at, '64 lower-case hex digits', value);
  },
});

const manifestShape = object({
  schema: literal('undertone.model/1'),
  name: string,
  version: string,
  kind: literal('streaming'),
  labels: list(string, 2, 64),
  features: object({
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
  }),
  featureHash: string,
  normalisation: object({
    kind: literal('causal-mean'),
    priorFrames: number(0, 1e6),
    maxFrames: number(1, 1e9),
    priorMean: list(number(-1e3, 1e3), 8, 128),
    scale: number(1e-6, 1e6),
    priorLogF0: number(0, 20),
    priorVoicedFrames: number(0, 1e6),
  }),
  files: object({ step: file, head: file }),
  inputSize: number(1, 4096, true),
  stateSize: number(1, 1e6, true),
  valueSize: number(1, 4096, true),
  stepFrames: number(1, 64, true),
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

/**
 * @param value parsed JSON
 * @throws UndertoneError `bad_manifest` naming the first field that does not fit
 */
export function validateManifest(value: unknown): Manifest {
  manifestShape(value, '');
  const manifest = value as Manifest;
  const expectedInputs = modelFrameSize(manifest.features);
  if (manifest.inputSize !== expectedInputs) {
    refuse('inputSize', `${expectedInputs}, which the feature configuration gives`, manifest.inputSize);
  }
  const { priorMean } = manifest.normalisation;
  if (priorMean.length !== manifest.features.logMel.bands) {
    refuse(
      'normalisation.priorMean',
      `${manifest.features.logMel.bands} entries, one per band`,
      priorMean.length,
    );
  }
  const { onsetProbability, offsetProbability } = manifest.speech;
  if (offsetProbability > onsetProbability) {
    refuse('speech.offsetProbability', `at most the onset's, ${onsetProbability}`, offsetProbability);
  }
  if (new Set(manifest.labels).size !== manifest.labels.length)
    refuse('labels', 'different names', manifest.labels);
  for (const label of manifest.labels) {
    oneOf(
      'negative',
      'neutral',
      'positive',
    )(manifest.sentiment.classes?.[label], `sentiment.classes.${label}`);
    object({ valence: number(-1, 1), arousal: number(-1, 1) })(
      manifest.sentiment.coordinates?.[label],
      `sentiment.coordinates.${label}`,
    );
  }
  return manifest;
}
