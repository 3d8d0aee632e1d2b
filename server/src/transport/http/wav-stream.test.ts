import { UndertoneError } from '@undertone/core';
import { describe, expect, test } from 'vitest';
import { wavOf } from '../../../../test/support/analyze-client.ts';
import { WavStream } from './wav-stream.ts';

const samples = Int16Array.from({ length: 300 }, (_, i) => Math.round(20_000 * Math.sin(i / 7)));

/** The audio of a file that comes in pieces of this size. */
function read(file: Uint8Array, pieceBytes: number): { stream: WavStream; audio: Buffer } {
  const stream = new WavStream();
  const parts: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += pieceBytes)
    parts.push(stream.push(file.subarray(at, at + pieceBytes)));
  stream.end();
  return { stream, audio: Buffer.concat(parts) };
}

/** A file of these chunks. */
function riff(...chunks: [string, Uint8Array][]): Uint8Array {
  const parts = chunks.flatMap(([name, body]) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(body.length, 4);
    return [head, Buffer.from(body), Buffer.alloc(body.length % 2)];
  });
  return Buffer.concat([Buffer.from('RIFF....WAVE'), ...parts]);
}

const format = wavOf(samples).subarray(20, 36);
const data = new Uint8Array(samples.buffer);

describe('a WAV file', () => {
  test.each([1, 3, 7, 44, 10_000])('in pieces of %i bytes has the same audio', (pieceBytes) => {
    const { stream, audio } = read(wavOf(samples), pieceBytes);
    expect(stream.format).toEqual({ encoding: 'linear16', sampleRateHz: 16_000, channels: 1 });
    expect(audio).toEqual(Buffer.from(data));
  });

  test.each(['8', '24', '32', '32f', '64'])('of %s bits is float32 of the same samples', (bits) => {
    for (const pieceBytes of [5, 10_000]) {
      const { stream, audio } = read(wavOf(samples, 48_000, 2, bits), pieceBytes);
      expect(stream.format).toEqual({ encoding: 'float32', sampleRateHz: 48_000, channels: 2 });
      const floats = Array.from({ length: audio.length / 4 }, (_, i) => audio.readFloatLE(4 * i));
      expect(floats).toHaveLength(samples.length);
      const tolerance = bits === '8' ? 0.02 : 1e-4;
      for (const [i, value] of floats.entries())
        expect(Math.abs(value - samples[i]! / 32768)).toBeLessThan(tolerance);
    }
  });

  test('may have other chunks before and behind its audio, of odd lengths too', () => {
    const file = riff(
      ['LIST', Buffer.from('abc')],
      ['fmt ', format],
      ['odd ', Buffer.from('x')],
      ['data', data],
      ['id3 ', Buffer.from('tag')],
    );
    expect(read(file, 9).audio).toEqual(Buffer.from(data));
  });

  test('that is none, lies, or ends too early is refused', () => {
    const of = (file: Uint8Array) => (): unknown => read(file, 11);
    expect(of(Buffer.from('OggS, which is something else'))).toThrowError(
      /begins with RIFF.*parameter encoding/,
    );
    expect(of(riff(['data', data]))).toThrowError(/"fmt " chunk before/);
    expect(of(riff(['fmt ', format.subarray(0, 10)], ['data', data]))).toThrowError(/16 to 4096 bytes/);
    expect(of(riff(['fmt ', format]))).toThrowError(/ends before/);
    expect(of(wavOf(samples).subarray(0, 200))).toThrowError(/600 bytes of audio.*156/);
    expect(of(riff(['fmt ', format], ['data', data.subarray(1)]))).toThrowError(/whole sample frames/);
    const compressed = Buffer.from(format);
    compressed.writeUInt16LE(85, 0);
    expect(of(riff(['fmt ', compressed], ['data', data]))).toThrowError(/format code 85/);
  });

  test('of random bytes is refused or read, and nothing else is thrown', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const whole = wavOf(samples);
    for (let i = 0; i < 3000; i++) {
      const file = Buffer.from(whole);
      for (let n = random(6); n >= 0; n--) file[random(60)] = random(256);
      try {
        read(file.subarray(0, random(file.length)), 1 + random(64));
      } catch (error) {
        expect(error).toBeInstanceOf(UndertoneError);
      }
    }
  });
});
