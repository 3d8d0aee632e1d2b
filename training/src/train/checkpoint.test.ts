import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';

const checkpoint: Checkpoint = {
  configHash: 'abc',
  seed: 7,
  epoch: 3,
  state: {
    parameters: Float32Array.of(1, 2, 3),
    firstMoment: Float32Array.of(4, 5, 6),
    secondMoment: Float32Array.of(7, 8, 9),
    average: Float32Array.of(10, 11, 12),
    step: 42,
  },
};
const expected = { configHash: 'abc', parameterCount: 3 };

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-checkpoint-'));
  path = join(folder, 'last.ckpt');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('checkpoint', () => {
  it('comes back as it was written, and leaves no temporary file', async () => {
    await writeCheckpoint(path, checkpoint);
    await writeCheckpoint(path, checkpoint);
    expect(await readCheckpoint(path, expected)).toEqual(checkpoint);
    expect(await readdir(folder)).toEqual(['last.ckpt']);
  });

  it('keeps the best weights of early stopping', async () => {
    const best = { score: 0.5, epoch: 2, waited: 1, parameters: Float32Array.of(13, 14, 15) };
    await writeCheckpoint(path, { ...checkpoint, best });
    expect(await readCheckpoint(path, expected)).toEqual({ ...checkpoint, best });
  });

  it('is the one before when the disk is full, and the error says so', async () => {
    await writeCheckpoint(path, checkpoint);
    // A device that is always full, under the name that is written first.
    await symlink('/dev/full', `${path}.${process.pid}.tmp`);
    await expect(writeCheckpoint(path, { ...checkpoint, epoch: 4 })).rejects.toMatchObject({
      code: 'bad_checkpoint',
      message: expect.stringMatching(/last\.ckpt after epoch 4: the disk is full\. The one before is kept/),
    });
    expect(await readCheckpoint(path, expected)).toEqual(checkpoint);
    expect(await readdir(folder)).toEqual(['last.ckpt']);
  });

  it('is refused after a change of any byte and at any shorter length', async () => {
    await writeCheckpoint(path, checkpoint);
    const bytes = await readFile(path);
    const refused = { code: 'bad_checkpoint' };
    for (let i = 0; i < bytes.length; i += 7) {
      const damaged = Buffer.from(bytes);
      damaged[i]! ^= 0x40;
      await writeFile(path, damaged);
      await expect(readCheckpoint(path, expected), `byte ${i}`).rejects.toMatchObject(refused);
      await writeFile(path, bytes.subarray(0, i));
      await expect(readCheckpoint(path, expected), `length ${i}`).rejects.toMatchObject(refused);
    }
  });

  it('of another run or another model is refused with what was found', async () => {
    await writeCheckpoint(path, checkpoint);
    await expect(readCheckpoint(path, { ...expected, configHash: 'xyz' })).rejects.toThrow(
      'configuration xyz, found abc',
    );
    await expect(readCheckpoint(path, { ...expected, parameterCount: 4 })).rejects.toThrow(
      '4 parameters, found 3',
    );
  });
});
