import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { defaultFeatureConfig, featureCodeVersion } from './feature-config.ts';
import { featureHash } from './feature-hash.ts';

test('the hash is SHA-256 of the configuration with sorted keys and the version of the feature code', async () => {
  const text = `{"config":{"hopSamples":160,"logMel":{"bands":64,"energyFloor":0.000001,"highHz":7500,"lowHz":20,"preemphasis":0.97,"removeDcOffset":true,"window":"hann"},"pitch":{"ceilingHz":500,"floorHz":65},"sampleRate":16000,"windowSamples":400},"featureCodeVersion":${featureCodeVersion}}`;
  expect(await featureHash(defaultFeatureConfig)).toBe(createHash('sha256').update(text).digest('hex'));
});

test('the order in which a configuration was written does not change its hash', async () => {
  const { logMel, pitch, ...rest } = defaultFeatureConfig;
  const reordered = {
    pitch: { ceilingHz: pitch.ceilingHz, floorHz: pitch.floorHz },
    logMel: Object.fromEntries(Object.entries(logMel).reverse()) as unknown as typeof logMel,
    ...rest,
  };
  expect(await featureHash(reordered)).toBe(await featureHash(defaultFeatureConfig));
});

test('any other value gives another hash', async () => {
  const { logMel } = defaultFeatureConfig;
  const other = { ...defaultFeatureConfig, logMel: { ...logMel, removeDcOffset: false } };
  expect(await featureHash(other)).not.toBe(await featureHash(defaultFeatureConfig));
});
