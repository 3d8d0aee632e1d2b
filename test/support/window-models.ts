/** Tiny models of windows, made by hand: a linear map of the window's mean, two SVMs, a forest of three stumps. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  defaultFeatureConfig,
  defaultFunctionalsConfig,
  type FeatureConfig,
  type FramesManifest,
  type FunctionalsManifest,
  featureHash,
  functionalNames,
  RawSignalPath,
  SignalKernel,
  type WindowGoldenCase,
  windowsOf,
} from '@undertone/core';
import { encodeModel } from '../../training/src/autodiff/onnx-writer.ts';
import { exportForest } from '../../training/src/export/forest-model.ts';
import { OnnxBuilder } from '../../training/src/export/onnx-builder.ts';
import { exportSvm } from '../../training/src/export/svm-model.ts';
import {
  type ForestModel,
  forestProbabilities,
  type Tree,
} from '../../training/src/families/forest/forest-model.ts';
import { measureStandardisation, standardise } from '../../training/src/families/standardisation.ts';
import { type SvmModel, svmProbabilities } from '../../training/src/families/svm/svm-model.ts';
import { testManifest } from './manifest.ts';
import { speech } from './speech.ts';

const classes = 3;
const functionalFeatures: FeatureConfig = { ...defaultFeatureConfig, functionals: defaultFunctionalsConfig };
const functionalCount = functionalNames(functionalFeatures).length;

/** What a network is run on and what it must give, computed here in double precision. */
type Judge = (window: Float32Array) => ArrayLike<number>;

export interface WindowModelOptions {
  readonly name: string;
  readonly version?: string;
  readonly windowFrames?: number;
  readonly hopFrames?: number;
}

type Layout = Pick<FunctionalsManifest, 'windowFrames' | 'hopFrames'>;

const layoutOf = ({ windowFrames = 150, hopFrames = 25 }: WindowModelOptions): Layout => ({
  windowFrames,
  hopFrames,
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function writeFolder(
  folder: string,
  manifest:
    | Omit<FramesManifest, 'featureHash' | 'files'>
    | Omit<FunctionalsManifest, 'featureHash' | 'files'>,
  model: Uint8Array,
  windows: readonly Float32Array[],
  judge: Judge,
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const cases: WindowGoldenCase[] = windows.map((window) => ({
    window: [...window],
    outputs: Array.from(judge(window)),
  }));
  const files = { model: { path: 'model.onnx', sha256: sha256(model) } };
  const hash = await featureHash(manifest.features);
  writeFileSync(join(folder, 'model.onnx'), model);
  writeFileSync(
    join(folder, 'golden.json'),
    JSON.stringify({ schema: 'undertone.golden/1', tolerance: 1e-4, cases }),
  );
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, featureHash: hash, files }));
  return folder;
}

function base({ name, version = '1.0.0' }: WindowModelOptions) {
  const {
    files: _,
    stateSize: __,
    valueSize: ___,
    stepFrames: ____,
    featureHash: _____,
    ...rest
  } = testManifest({
    name,
    version,
    speech: { onsetProbability: 0.5, offsetProbability: 0.3, minSpeechMs: 120 },
  });
  return rest;
}

/** Raw frames of two sentences. */
function sentences(features: FeatureConfig): Float32Array {
  const pcm = Float32Array.from(speech('speech_happy_f', 'speech_sad_m'), (sample) => sample / 32768);
  return new RawSignalPath(new SignalKernel(features)).accept(pcm).slice();
}

/** Windows of the two sentences that hold speech. */
function judgedWindows(config: Parameters<typeof windowsOf>[0]): Float32Array[] {
  const { windows, judged, count } = windowsOf(config, sentences(config.features));
  const size = windows.length / count;
  return judged.flatMap((is, i) => (is ? [windows.slice(i * size, (i + 1) * size)] : []));
}

/** Kind `frames`: logits are a linear map of the mean over the window's frames. */
export async function writeLinearModel(folder: string, options: WindowModelOptions): Promise<string> {
  const layout = layoutOf(options);
  const manifest = { ...base(options), ...layout, kind: 'frames' as const };
  const size = manifest.inputSize;
  const weights = Float32Array.from({ length: size * classes }, (_, i) => Math.sin(1 + i) / 4);
  const bias = Float32Array.of(0.1, -0.2, 0.1);
  const b = new OnnxBuilder();
  const mean = b.node('ReduceMean', ['features'], { axes: [1], keepdims: 0 });
  b.node(
    'Gemm',
    [mean, b.weight('weights', [size, classes], weights), b.weight('bias', [classes], bias)],
    {},
    'logits',
  );
  const inputs = [{ name: 'features', dims: ['N', layout.windowFrames, size] }];
  const model = encodeModel(b.spec('linear', inputs, [{ name: 'logits', dims: ['N', classes] }]));
  const judge: Judge = (window) =>
    Array.from(bias, (offset, c) => {
      let sum = offset;
      for (let i = 0; i < window.length; i++) {
        sum += (window[i]! * weights[(i % size) * classes + c]!) / layout.windowFrames;
      }
      return sum;
    });
  return writeFolder(folder, manifest, model, judgedWindows(manifest).slice(2, 4), judge);
}

function functionalsManifest(options: WindowModelOptions) {
  const { normalisation: _, ...rest } = base(options);
  return {
    ...rest,
    ...layoutOf(options),
    kind: 'functionals' as const,
    features: functionalFeatures,
    inputSize: functionalCount,
  };
}

/** Kind `functionals`: an SVM whose vectors are windows of the two sentences. */
export async function writeSvmModel(
  folder: string,
  options: WindowModelOptions & { readonly kernel?: 'linear' | 'rbf' },
): Promise<string> {
  const manifest = functionalsManifest(options);
  const windows = judgedWindows(manifest);
  const values = new Float32Array(windows.length * functionalCount);
  for (const [i, window] of windows.entries()) values.set(window, i * functionalCount);
  const rows = {
    size: functionalCount,
    values,
    labels: new Int32Array(windows.length),
    clips: new Int32Array(windows.length),
    speakers: new Int32Array(windows.length),
    classes,
  };
  const standardisation = measureStandardisation(rows);
  const vectors = new Float32Array(classes * functionalCount);
  for (let c = 0; c < classes; c++) {
    const window = windows[Math.floor(((c + 0.5) * windows.length) / classes)]!;
    vectors.set(standardise(window, standardisation), c * functionalCount);
  }
  const scale = options.kernel === 'linear' ? 1 / functionalCount : 1;
  const svm: SvmModel = {
    kernel: options.kernel === 'linear' ? { kind: 'linear' } : { kind: 'rbf', gamma: 1 / functionalCount },
    standardisation,
    classes,
    vectors,
    vectorsPerClass: [1, 1, 1],
    coefficients: Float32Array.of(1, -1, -0.5, 0.8, 0.6, -1).map((x) => x * scale),
    offsets: Float32Array.of(0.1, -0.1, 0.05),
    sigmoids: [
      { a: -2, b: 0.1 },
      { a: -1.5, b: 0 },
      { a: -1, b: -0.1 },
    ],
  };
  const golden = [windows[1]!, windows.at(-1)!];
  return writeFolder(folder, manifest, exportSvm(svm), golden, (window) => svmProbabilities(svm, window));
}

/** Kind `functionals`: three trees of one question each, asked at the median of the windows. */
export async function writeForestModel(folder: string, options: WindowModelOptions): Promise<string> {
  const manifest = functionalsManifest(options);
  const windows = judgedWindows(manifest);
  const trees = ['mfcc1_mean', 'log2_f0_mean', 'level_sd'].map((name, t): Tree => {
    const column = functionalNames(functionalFeatures).indexOf(name);
    if (column < 0) throw new Error(`There is no functional ${name}.`);
    const sorted = windows.map((window) => window[column]!).sort((a, b) => a - b);
    const shares = new Float32Array(3 * classes);
    shares.set([0.7, 0.2, 0.1], classes);
    shares.set([0.1, 0.3, 0.6], 2 * classes);
    return {
      columns: Int32Array.of(column, -1, -1),
      // Between two windows, so that rounding does not decide.
      thresholds: Float32Array.of(
        (sorted[sorted.length >> 1]! + sorted[(sorted.length >> 1) - 1]!) / 2,
        0,
        0,
      ),
      left: Int32Array.of(1 + (t % 2), 0, 0),
      right: Int32Array.of(2 - (t % 2), 0, 0),
      shares,
    };
  });
  const forest: ForestModel = { size: functionalCount, classes, trees };
  const golden = [windows[1]!, windows.at(-1)!];
  return writeFolder(folder, manifest, exportForest(forest), golden, (window) =>
    forestProbabilities(forest, window),
  );
}
