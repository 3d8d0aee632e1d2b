/**
 * Writes what the product loads: `step.onnx`, `head.onnx`, `adapt.onnx`, `golden.json`, and last `manifest.json`, which names
 * them.
 */
import {
  featureHash,
  type Manifest,
  type StreamingManifest,
  UndertoneError,
  validateManifest,
} from '@undertone/core';
import { type StreamingModelConfig, stepFrames } from '../models/model-config.ts';
import { exportAdaptation } from './adapt-model.ts';
import { adaptationGolden } from './adaptation-golden.ts';
import { exportStreamingModel } from './export-streaming-model.ts';
import { goldenOutputs } from './golden.ts';
import { describedFields, fileEntry, writeModelFiles } from './write-model-files.ts';

/** The part of the manifest that does not follow from the network itself. */
export type ModelDescription = Omit<
  StreamingManifest,
  'schema' | 'kind' | 'featureHash' | 'files' | 'inputSize' | 'stateSize' | 'valueSize' | 'stepFrames'
>;

export interface ModelFolderContent {
  /** Flat vector in the order of `streamingModelLayout`. */
  readonly parameters: Float32Array;
  readonly config: StreamingModelConfig;
  readonly description: ModelDescription;
}

/**
 * @param folder is made if missing; files of an older model in it are replaced one by one, each as a whole
 * @throws UndertoneError `bad_manifest` when the description does not fit, before anything is written
 */
export async function writeModelFolder(folder: string, content: ModelFolderContent): Promise<Manifest> {
  const { parameters, config, description } = content;
  if (description.labels.length !== config.classes) {
    throw new UndertoneError(
      'bad_manifest',
      `Expected ${config.classes} labels, one per class of the network; found ${description.labels.length}.`,
    );
  }
  if (!parameters.every(Number.isFinite)) {
    throw new UndertoneError('bad_parameter', 'Expected finite parameters; found NaN or infinity.');
  }
  const exported = exportStreamingModel(parameters, config);
  const adapt = exportAdaptation(exported.valueSize, config.classes);
  const manifest = validateManifest({
    schema: 'undertone.model/1',
    name: description.name,
    version: description.version,
    kind: 'streaming',
    labels: description.labels,
    features: description.features,
    featureHash: await featureHash(description.features),
    normalisation: description.normalisation,
    files: {
      step: fileEntry('step.onnx', exported.step),
      head: fileEntry('head.onnx', exported.head),
      adapt: fileEntry('adapt.onnx', adapt),
    },
    inputSize: config.inputSize,
    stateSize: exported.stateSize,
    valueSize: exported.valueSize,
    stepFrames,
    ...describedFields(description),
  });
  const golden = {
    ...(await goldenOutputs(parameters, config)),
    adaptation: adaptationGolden(exported.valueSize, config.classes),
  };
  await writeModelFiles(folder, {
    networks: { 'step.onnx': exported.step, 'head.onnx': exported.head, 'adapt.onnx': adapt },
    golden,
    manifest,
  });
  return manifest;
}
