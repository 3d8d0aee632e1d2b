import { describe, expect, it } from 'vitest';
import { toAudioBytes } from './audio-bytes.ts';

describe('toAudioBytes', () => {
  it('passes bytes on as they are', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(toAudioBytes(bytes, 'mulaw')).toBe(bytes);
  });

  it('views samples of the same kind, with their offset', () => {
    const samples = Int16Array.of(9, 1, -2).subarray(1);
    expect([...toAudioBytes(samples, 'linear16')]).toEqual([1, 0, 0xfe, 0xff]);
  });

  it('converts between integers and floats, rounding and clipping', () => {
    const bytes = toAudioBytes(Float32Array.of(0.5, -1, 2), 'linear16');
    expect([...new Int16Array(bytes.buffer)]).toEqual([16384, -32768, 32767]);
    const floats = toAudioBytes(Int16Array.of(-32768, 16384), 'float32');
    expect([...new Float32Array(floats.buffer)]).toEqual([-1, 0.5]);
  });

  it('refuses samples where the stream is mulaw', () => {
    expect(() => toAudioBytes(Int16Array.of(1), 'mulaw')).toThrow(
      'Expected bytes (Uint8Array) for the encoding mulaw; got Int16Array.',
    );
  });

  it.each([
    [new ArrayBuffer(4), 'ArrayBuffer'],
    [Uint16Array.of(1), 'Uint16Array'],
    [[0.5], 'Array'],
    [null, 'null'],
    ['audio', 'audio'],
  ])('refuses %o, which has no meaning as audio, rather than sending nothing', (value, name) => {
    expect(() => toAudioBytes(value as never, 'linear16')).toThrow(
      expect.objectContaining({ code: 'bad_audio', message: expect.stringMatching(`; got ${name}.$`) }),
    );
  });
});
