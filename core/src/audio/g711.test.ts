import { describe, expect, it } from 'vitest';
import { readGoldenBytes, readGoldenPcm } from '../../../test/support/golden.ts';
import { aLawSamples, decodeG711, encodeG711, muLawSamples, toALaw, toMuLaw } from './g711.ts';

function goldenInt16(path: string): Int16Array {
  const bytes = readGoldenBytes(path);
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

describe('G.711', () => {
  it('decodes a telephone recording to exactly the reference samples', () => {
    const expected = Float32Array.from(readGoldenPcm('phone_8k'), (sample) => sample / 32768);
    expect(decodeG711(readGoldenBytes('wav/phone_mulaw_8k.ul'), 'mulaw')).toEqual(expected);
  });

  it('encodes a decoded telephone recording to its own bytes', () => {
    const bytes = readGoldenBytes('wav/phone_mulaw_8k.ul');
    // The two zeros, 0x7f and 0xff, decode alike and encode as the positive one.
    const expected = bytes.map((code) => (code === 0x7f ? 0xff : code));
    expect(encodeG711(decodeG711(bytes, 'mulaw'), 'mulaw')).toEqual(expected);
  });

  it('decodes every mu-law code as sox does', () => {
    expect(muLawSamples).toEqual(goldenInt16('g711/mulaw_codes_decoded.s16'));
  });

  it('decodes every A-law code as sox does', () => {
    expect(aLawSamples).toEqual(goldenInt16('g711/alaw_codes_decoded.s16'));
  });

  it('has the extreme and the smallest values of the Recommendation', () => {
    expect([0x80, 0x00, 0xff, 0x7f].map((code) => muLawSamples[code])).toEqual([32124, -32124, 0, 0]);
    expect([0xaa, 0x2a, 0xd5, 0x55].map((code) => aLawSamples[code])).toEqual([32256, -32256, 8, -8]);
  });

  it('encodes mu-law as sox does over the whole 16-bit range', () => {
    const expected = readGoldenBytes('g711/mulaw_of_multiples_of_8.ul');
    expect(Uint8Array.from(expected, (_, i) => toMuLaw(-32768 + 8 * i))).toEqual(expected);
  });

  it('encodes A-law as sox does over the whole 16-bit range', () => {
    const expected = readGoldenBytes('g711/alaw_of_odd_multiples_of_8.al');
    expect(Uint8Array.from(expected, (_, i) => toALaw(-32768 + 16 * i + 8))).toEqual(expected);
  });

  it('encodes every 16-bit sample to a code at most half a step away', () => {
    for (let sample = -32768; sample <= 32767; sample++) {
      // Steps grow by segment: 1/16 of the magnitude, 8 and 16 at least; the top segment clips.
      const magnitude = Math.abs(sample);
      const muStep = Math.max(8, (magnitude + 132) / 16);
      const aStep = Math.max(16, magnitude / 16);
      const muError = Math.abs(muLawSamples[toMuLaw(sample)]! - sample);
      const aError = Math.abs(aLawSamples[toALaw(sample)]! - sample);
      if (muError > Math.max(muStep / 2, magnitude - 32124))
        expect.fail(`mu-law of ${sample}: off by ${muError}`);
      if (aError > aStep / 2) expect.fail(`A-law of ${sample}: off by ${aError}`);
    }
  });

  it('clips samples beyond full scale', () => {
    const codes = encodeG711(Float32Array.of(1, -1, 3, -3), 'mulaw');
    expect(codes).toEqual(Uint8Array.of(0x80, 0x00, 0x80, 0x00));
  });
});
