import { describe, expect, it } from 'vitest';
import { exportStreamingModel } from '../export/export-streaming-model.ts';
import { initialParameters } from './initial-parameters.ts';
import { defaultModelConfig } from './model-config.ts';
import { readExportedModel } from './read-exported-model.ts';

const config = {
  ...defaultModelConfig,
  inputSize: 19,
  bands: 16,
  channels: [2, 3, 5],
  convFeatureSize: 7,
  pitchSize: 4,
  gruSize: 6,
  classes: 3,
};

describe('readExportedModel', () => {
  it('gives the parameters and sizes that were exported', () => {
    const parameters = initialParameters(config, 3).map((value, i) => value + Math.sin(i));
    const { step, head } = exportStreamingModel(parameters, config);
    const read = readExportedModel(step, head, 19);
    expect(read.config).toEqual({ ...config, dropout: 0 });
    expect(read.parameters).toEqual(parameters);
  });

  it('says which weights it misses, and what may be the reason', () => {
    const { step, head } = exportStreamingModel(initialParameters(config, 3), config);
    expect(() => readExportedModel(head, head, 19)).toThrow(/"conv1\.kernel".*A quantised model/);
    expect(() => readExportedModel(step, Uint8Array.of(255, 255, 255), 19)).toThrow('Expected an ONNX file');
  });
});
