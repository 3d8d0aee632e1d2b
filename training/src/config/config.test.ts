import { describe, expect, it } from 'vitest';
import { batchSourceOptionsOf } from './derived.ts';
import { experimentFields, resolveExperiment } from './experiment.ts';

describe('resolveExperiment', () => {
  it('has defaults that its own fields allow', () => {
    for (const [name, field] of Object.entries(experimentFields)) {
      expect([name, field.read(field.default)]).toEqual([name, field.default]);
    }
  });

  it('lets later sources override earlier ones, and reads text as flags give it', () => {
    const experiment = resolveExperiment(
      { epochs: 3, seed: 4 },
      { epochs: '5', channels: '8,16', variants: 'clean,noise' },
    );
    expect(experiment).toMatchObject({ epochs: 5, seed: 4, channels: [8, 16], variants: ['clean', 'noise'] });
  });

  it('survives JSON', () => {
    const experiment = resolveExperiment();
    expect(resolveExperiment(JSON.parse(JSON.stringify(experiment)))).toEqual(experiment);
  });

  it.each([
    [{ epoch: 3 }, 'There is no field "epoch"; did you mean "epochs"?'],
    [{ learningrate: 1 }, 'did you mean "learningRate"?'],
    [{ toString: 1 }, 'There is no field "toString"'],
    [{ epochs: 0 }, 'Field epochs: expected a whole number from 1 to 10000, found 0.'],
    [{ epochs: 'many' }, 'found "many"'],
    [{ dropout: '' }, 'Field dropout'],
    [{ sampling: 'evenly' }, 'expected one of natural, balanced, found "evenly"'],
    [{ variants: ['clean', 'loud'] }, 'Field variants: expected a list of clean, speed-0.90'],
    [{ seed: null }, 'Field seed'],
  ])('refuses %j', (source, message) => {
    expect(() => resolveExperiment(source)).toThrow(message);
  });
});

describe('batchSourceOptionsOf', () => {
  it('refuses batches that cannot be halved and lengths that do not rise', () => {
    const normalisation = {} as never;
    const make = (fields: object): unknown =>
      batchSourceOptionsOf(resolveExperiment({ ...fields }), [], null, normalisation);
    expect(() => make({ batchRows: 63 })).toThrow('expected an even number, found 63');
    expect(() => make({ frameBuckets: [192, 190] })).toThrow('ascending multiples of 4');
    expect(() => make({ frameBuckets: [256, 192] })).toThrow('ascending multiples of 4');
  });
});
