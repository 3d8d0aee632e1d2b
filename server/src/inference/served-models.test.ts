import { BatchScheduler, type ModelRuntime } from '@undertone/core';
import { expect, test } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { ServedModels } from './served-models.ts';

/** A model that is never run, only closed. */
function closable(name: string, onClose: () => void): ModelRuntime {
  const manifest = testManifest({ name });
  const { inputSize, stateSize, valueSize, stepFrames } = manifest;
  const unused = async (): Promise<never> => {
    throw new Error('not to be run');
  };
  const close = async (): Promise<void> => onClose();
  return { manifest, inputSize, stateSize, valueSize, stepFrames, step: unused, head: unused, close };
}

test('a model that fails to close keeps no other open, and says so', async () => {
  const closed: string[] = [];
  const models = new ServedModels(
    [
      closable('broken', () => {
        throw new Error('broken on purpose');
      }),
      closable('sound', () => closed.push('sound')),
    ],
    (model) => new BatchScheduler(model),
  );
  await expect(models.close()).rejects.toThrowError('broken on purpose');
  expect(closed).toEqual(['sound']);
});
