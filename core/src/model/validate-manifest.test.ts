import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { defaultFeatureConfig } from '../features/feature-config.ts';
import { defaultFunctionalsConfig } from '../features/functionals/functionals-config.ts';
import { functionalNames } from '../features/functionals/functionals-plan.ts';
import { validateManifest } from './validate-manifest.ts';

function messageOf(value: unknown): string {
  try {
    validateManifest(value);
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad_manifest' });
    return (error as Error).message;
  }
  return 'accepted';
}

describe('validateManifest', () => {
  it('accepts a manifest of the right shape, after JSON as well', () => {
    expect(validateManifest(JSON.parse(JSON.stringify(testManifest())))).toEqual(testManifest());
  });

  it('names the field, what was expected and what was found', () => {
    expect(messageOf({ ...testManifest(), stepFrames: 'four' })).toBe(
      'Manifest field stepFrames: expected a whole number from 1 to 64, found "four".',
    );
    expect(messageOf({ ...testManifest(), calibration: {} })).toBe(
      'Manifest field calibration.temperature: expected a number from 0.01 to 100, found nothing.',
    );
  });

  it('refuses what is no object', () => {
    for (const value of [null, 1, 'x', []]) expect(messageOf(value)).toContain('expected an object');
  });

  it('refuses a class without sentiment or coordinates', () => {
    const manifest = testManifest({ labels: ['angry', 'happy', 'bored'] });
    expect(messageOf(manifest)).toContain('sentiment.classes.bored');
  });

  it('refuses an input size that the feature configuration does not give', () => {
    expect(messageOf(testManifest({ inputSize: 66 }))).toContain('inputSize: expected 67');
  });

  it('refuses a file name that leaves the model folder', () => {
    const files = { ...testManifest().files, step: { path: '../step.onnx', sha256: '0'.repeat(64) } };
    expect(messageOf(testManifest({ files }))).toContain('files.step.path: expected a plain file name');
  });

  it('takes a network that adapts or none, and names what is wrong with one', () => {
    const adapt = { path: 'adapt.onnx', sha256: '0'.repeat(64) };
    const withAdapt = (changed: object): unknown => ({
      ...testManifest(),
      files: { ...testManifest().files, adapt: { ...adapt, ...changed } },
    });
    expect(messageOf(withAdapt({}))).toBe('accepted');
    expect(messageOf(withAdapt({ path: '../adapt.onnx' }))).toContain(
      'files.adapt.path: expected a plain file',
    );
    expect(messageOf(withAdapt({ sha256: 'x' }))).toContain('files.adapt.sha256: expected 64');
  });

  it('refuses speech that ends above the probability at which it begins', () => {
    const speech = { onsetProbability: 0.4, offsetProbability: 0.6, minSpeechMs: 80 };
    expect(messageOf(testManifest({ speech }))).toBe(
      "Manifest field speech.offsetProbability: expected at most the onset's, 0.4, found 0.6.",
    );
  });

  it('refuses NaN and numbers out of range', () => {
    expect(messageOf(testManifest({ calibration: { temperature: Number.NaN } }))).toContain(
      'calibration.temperature',
    );
  });

  describe('normalisation relative to the level', () => {
    const levelled = (level?: unknown) => {
      const manifest = testManifest();
      const normalisation = {
        ...manifest.normalisation,
        kind: 'causal-level',
        ...(level !== undefined && { level }),
      };
      return { ...manifest, normalisation };
    };
    const level = { floor: new Array<number>(64).fill(-9), lead: 5.8, voicedFrames: 3, memoryFrames: 3000 };

    it('is accepted with a floor for each band', () => {
      const manifest = levelled(level);
      expect(validateManifest(manifest)).toBe(manifest);
    });

    it.each([
      [levelled(), 'normalisation.level: expected an object, found nothing'],
      [levelled({ ...level, floor: [] }), 'normalisation.level.floor: expected 8 to 128 entries, found 0'],
      [
        levelled({ ...level, floor: new Array<number>(63).fill(-9) }),
        'normalisation.level.floor: expected 64 entries, one per band, found 63',
      ],
      [levelled({ ...level, lead: Number.NaN }), 'normalisation.level.lead: expected a number from 0 to 100'],
      [
        levelled({ ...level, voicedFrames: 0.5 }),
        'normalisation.level.voicedFrames: expected a whole number from 0 to 1000000, found 0.5',
      ],
      [levelled({ ...level, memoryFrames: 0 }), 'normalisation.level.memoryFrames: expected a number from 1'],
      [
        { ...levelled(level), normalisation: { ...testManifest().normalisation, level } },
        'normalisation.level: expected nothing with "causal-mean"',
      ],
      [
        { ...testManifest(), normalisation: { ...testManifest().normalisation, kind: 'mean' } },
        'normalisation.kind: expected one of causal-mean, causal-level, found "mean"',
      ],
    ])('is refused by the first misfit: %#', (manifest, message) => {
      expect(() => validateManifest(manifest)).toThrowError(message);
    });
  });

  describe('of a model of windows', () => {
    const { files: _, stateSize: __, valueSize: ___, stepFrames: ____, ...rest } = testManifest();
    const windows = {
      windowFrames: 300,
      hopFrames: 25,
      files: { model: { path: 'model.onnx', sha256: '0'.repeat(64) } },
    };
    const frames = { ...rest, ...windows, kind: 'frames' };
    const features = { ...defaultFeatureConfig, functionals: defaultFunctionalsConfig };
    const { normalisation: _____, ...unnormalised } = rest;
    const functionals = {
      ...unnormalised,
      ...windows,
      kind: 'functionals',
      features,
      inputSize: functionalNames(features).length,
    };

    it('accepts frames with a normalisation and functionals without', () => {
      expect(validateManifest(frames)).toBe(frames);
      expect(validateManifest(functionals)).toBe(functionals);
    });

    it.each([
      [{ ...frames, kind: 'frame' }, 'kind: expected one of streaming, frames, functionals, found "frame"'],
      [{ ...frames, windowFrames: 310 }, 'windowFrames: expected a multiple of hopFrames, 25, found 310'],
      [
        { ...frames, hopFrames: undefined },
        'hopFrames: expected a whole number from 1 to 1000, found nothing',
      ],
      [
        { ...frames, windowFrames: 1000 },
        'windowFrames: expected windows that a stream keeps in 262144 bytes, not 265200',
      ],
      [
        { ...functionals, hopFrames: 4 },
        'windowFrames: expected windows that a stream keeps in 262144 bytes',
      ],
      [{ ...frames, normalisation: undefined }, 'normalisation: expected an object, found nothing'],
      [{ ...frames, files: testManifest().files }, 'files.model: expected an object, found nothing'],
      [
        { ...functionals, features: defaultFeatureConfig },
        'features.functionals: expected which functionals',
      ],
      [{ ...functionals, inputSize: 67 }, `inputSize: expected ${functionals.inputSize}`],
      [
        {
          ...functionals,
          features: { ...features, functionals: { ...defaultFunctionalsConfig, gateDb: 5 } },
        },
        'features.functionals.gateDb: expected a number from 10 to 80, found 5',
      ],
      [
        {
          ...functionals,
          features: { ...features, functionals: { ...defaultFunctionalsConfig, percentiles: [0.5, 0.1] } },
        },
        'percentiles must be at most 9 ascending shares',
      ],
    ])('names what does not fit (%#)', (manifest, message) => {
      expect(messageOf(manifest)).toContain(message);
    });
  });
});
