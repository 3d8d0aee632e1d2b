import { describe, expect, it } from 'vitest';
import { readModelPack, writeModelPack } from './model-pack.ts';

const files = new Map([
  ['manifest.json', new TextEncoder().encode('{"kind":"streaming"}')],
  ['empty', new Uint8Array(0)],
  ['step.onnx', Uint8Array.from({ length: 1000 }, (_, i) => i)],
]);

describe('model in one file', () => {
  it('gives back what was written, also out of the middle of a buffer', () => {
    const pack = writeModelPack(files);
    const within = new Uint8Array(pack.length + 24);
    within.set(pack, 11);
    expect(readModelPack(pack)).toEqual(files);
    expect(readModelPack(within.subarray(11, 11 + pack.length))).toEqual(files);
  });

  it.each([
    ['an empty file', new Uint8Array(0), /begin with UTM1/],
    ['a web page', new TextEncoder().encode('<!doctype html><title>Not found</title>'), /begin with UTM1/],
    ['a file that is cut in its index', writeModelPack(files).subarray(0, 20), /index is cut/],
    ['a file that is cut in its last part', writeModelPack(files).subarray(0, -1), /step\.onnx lies outside/],
  ])('refuses %s and says why', (_, bytes, message) => {
    expect(() => readModelPack(bytes)).toThrow(
      expect.objectContaining({ code: 'model_mismatch', message: expect.stringMatching(message) }),
    );
  });

  it('reads damaged files or refuses them, and never in another way', () => {
    const pack = writeModelPack(files);
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 3000; round++) {
      const damaged = pack.slice(0, random(4) === 0 ? random(pack.length) : pack.length);
      for (let n = random(4) + 1; n > 0; n--) damaged[random(Math.min(damaged.length, 120))] = random(256);
      try {
        for (const part of readModelPack(damaged).values()) expect(part.buffer).toBe(damaged.buffer);
      } catch (error) {
        expect(error).toMatchObject({ code: 'model_mismatch' });
      }
    }
  });
});
