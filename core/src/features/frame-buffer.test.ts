import { describe, expect, it } from 'vitest';
import { FrameBuffer } from './frame-buffer.ts';

/** The frames of 0, 1, 2, ..., `count` - 1, fed in packets of `packet`. */
function framesOf(frameSamples: number, hopSamples: number, count: number, packet: number): number[][] {
  const buffer = new FrameBuffer(frameSamples, hopSamples);
  const frames: number[][] = [];
  for (let start = 0; start < count; start += packet) {
    const samples = Float32Array.from({ length: Math.min(packet, count - start) }, (_, n) => start + n);
    for (let taken = 0; ; ) {
      taken += buffer.fill(samples, taken);
      if (!buffer.ready) break;
      frames.push([...buffer.frame]);
      buffer.advance();
    }
  }
  return frames;
}

describe('FrameBuffer', () => {
  for (const packet of [1, 2, 3, 5, 100]) {
    it(`cuts overlapping frames from packets of ${packet}`, () => {
      expect(framesOf(5, 2, 10, packet)).toEqual([
        [0, 1, 2, 3, 4],
        [2, 3, 4, 5, 6],
        [4, 5, 6, 7, 8],
      ]);
    });
  }

  it('cuts frames that do not overlap', () => {
    expect(framesOf(3, 3, 7, 4)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it('refuses a hop longer than the frame', () => {
    expect(() => new FrameBuffer(160, 400)).toThrow('0 < hop <= frame, got frame 160, hop 400');
  });
});
