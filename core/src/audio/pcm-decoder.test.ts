import { describe, expect, it } from 'vitest';
import { readGoldenBytes } from '../../../test/support/golden.ts';
import { UndertoneError } from '../errors.ts';
import { decodeG711 } from './g711.ts';
import { type AudioEncoding, PcmDecoder } from './pcm-decoder.ts';

/** Feeds `bytes` in pieces and joins what comes out, per channel. */
function decodeInPieces(
  encoding: AudioEncoding,
  channels: number,
  bytes: Uint8Array,
  size: number,
): number[][] {
  const decoder = new PcmDecoder(encoding, channels);
  const signals: number[][] = Array.from({ length: channels }, () => []);
  for (let start = 0; start < bytes.length; start += size) {
    const views = decoder.decode(bytes.subarray(start, start + size));
    expect(new Set(views.map((view) => view.length)).size).toBe(1);
    views.forEach((view, channel) => {
      signals[channel]!.push(...view);
    });
  }
  return signals;
}

function float32Bytes(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => {
    view.setFloat32(4 * index, value, true);
  });
  return new Uint8Array(view.buffer);
}

function errorOf(action: () => unknown): UndertoneError {
  try {
    action();
  } catch (error) {
    if (error instanceof UndertoneError) return error;
    throw error;
  }
  throw new Error('expected an UndertoneError, nothing was thrown');
}

describe('PcmDecoder', () => {
  it('reads little-endian 16-bit samples as fractions of 32768', () => {
    const bytes = Uint8Array.of(0x00, 0x00, 0xff, 0x7f, 0x00, 0x80, 0x01, 0x00, 0xff, 0xff);
    const [signal] = new PcmDecoder('linear16', 1).decode(bytes);
    expect([...signal!]).toEqual([0, 32767 / 32768, -1, 1 / 32768, -1 / 32768]);
  });

  it('separates interleaved channels', () => {
    const bytes = Uint8Array.of(0x00, 0x40, 0x00, 0xc0, 0x00, 0x20, 0x00, 0xe0);
    const [left, right] = new PcmDecoder('linear16', 2).decode(bytes);
    expect([...left!]).toEqual([0.5, 0.25]);
    expect([...right!]).toEqual([-0.5, -0.25]);
  });

  it('decodes mu-law and A-law bytes by their tables', () => {
    const bytes = readGoldenBytes('wav/phone_mulaw_8k.ul').subarray(0, 4000);
    for (const encoding of ['mulaw', 'alaw'] as const) {
      const [signal] = new PcmDecoder(encoding, 1).decode(bytes);
      expect(signal).toEqual(decodeG711(bytes, encoding));
    }
  });

  for (const encoding of ['linear16', 'float32', 'mulaw', 'alaw'] as const) {
    it(`gives the same ${encoding} signals wherever the bytes are cut`, () => {
      const bytes =
        encoding === 'float32'
          ? float32Bytes(...Array.from({ length: 300 }, (_, n) => Math.sin(n)))
          : readGoldenBytes('wav/phone_mulaw_8k.ul').subarray(3000, 4200);
      for (const channels of [1, 2, 3]) {
        const whole = decodeInPieces(encoding, channels, bytes, bytes.length);
        for (const size of [1, 2, 3, 5, 7, 160, 333]) {
          expect(decodeInPieces(encoding, channels, bytes, size)).toEqual(whole);
        }
      }
    });
  }

  it('reports the bytes of an unfinished sample frame', () => {
    const decoder = new PcmDecoder('linear16', 2);
    expect(decoder.decode(new Uint8Array(7))[0]!.length).toBe(1);
    expect(decoder.remainderBytes).toBe(3);
    expect(decoder.decode(new Uint8Array(1))[1]!.length).toBe(1);
    expect(decoder.remainderBytes).toBe(0);
    expect(decoder.decode(new Uint8Array(0))[0]!.length).toBe(0);
  });

  it('clips finite float samples beyond full scale', () => {
    const [signal] = new PcmDecoder('float32', 1).decode(float32Bytes(1.5, -1e30, 0.25));
    expect([...signal!]).toEqual([1, -1, 0.25]);
  });

  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    it(`names channel and sample of ${value}, counted from the start of the stream`, () => {
      const decoder = new PcmDecoder('float32', 2);
      const bytes = float32Bytes(0, 0, 0, 0, 0, value);
      decoder.decode(bytes.subarray(0, 18));
      const error = errorOf(() => decoder.decode(bytes.subarray(18)));
      expect(error.code).toBe('bad_audio');
      expect(error.message).toBe(`float32 samples must be finite, got ${value} at sample 2 of channel 1`);
    });
  }

  it('goes on in the right place after a sample that is not finite', () => {
    for (const cut of [0, 1, 5, 7]) {
      const bytes = float32Bytes(0.5, Number.NaN, 0.125, 0.25, -0.25, -0.5);
      const decoder = new PcmDecoder('float32', 2);
      decoder.decode(bytes.subarray(0, cut));
      expect(errorOf(() => decoder.decode(bytes.subarray(cut, 14))).code).toBe('bad_audio');
      expect(decoder.remainderBytes).toBe(6);
      expect(decoder.decode(bytes.subarray(14)).map((signal) => [...signal])).toEqual([
        [0.125, -0.25],
        [0.25, -0.5],
      ]);
    }
  });

  it('refuses channel counts and encodings outside its range', () => {
    for (const channels of [0, 1.5, 65]) {
      const error = errorOf(() => new PcmDecoder('linear16', channels));
      expect(error.code).toBe('bad_parameter');
      expect(error.message).toBe(`channels must be an integer in [1, 64], got ${channels}`);
    }
    const error = errorOf(() => new PcmDecoder('opus' as AudioEncoding, 1));
    expect(error.message).toBe('encoding must be one of linear16, float32, mulaw, alaw, got opus');
  });
});
