/** From what a program writes to the bytes of the stream's encoding. */
import { UndertoneError } from '@undertone/core';
import type { Encoding } from '@undertone/proto';
import type { AudioChunk } from './emotion-source.ts';

/**
 * Bytes and samples of the same kind as the encoding are viewed, not copied; `Int16Array` and `Float32Array` are
 * converted into one another (full scale 32768, rounded, clipped).
 * @throws UndertoneError `bad_audio` for samples where the encoding is mulaw or alaw, and for anything else
 */
export function toAudioBytes(audio: AudioChunk, encoding: Encoding): Uint8Array {
  if (audio instanceof Uint8Array) return audio;
  const isSamples = audio instanceof Int16Array || audio instanceof Float32Array;
  if (isSamples && encoding === 'linear16')
    return bytesOf(audio instanceof Int16Array ? audio : toInt16(audio));
  if (isSamples && encoding === 'float32')
    return bytesOf(audio instanceof Float32Array ? audio : toFloat32(audio));
  const samples =
    encoding === 'linear16' || encoding === 'float32' ? ', an Int16Array or a Float32Array' : '';
  const expected = `Expected bytes (Uint8Array)${samples} for the encoding ${encoding}`;
  throw new UndertoneError('bad_audio', `${expected}; got ${nameOf(audio)}.`);
}

function nameOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value).slice(0, 40);
}

/** All platforms that run this are little-endian, as the wire is. */
function bytesOf(samples: Int16Array | Float32Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (x) => Math.max(-32768, Math.min(32767, Math.round(x * 32768))));
}

function toFloat32(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (x) => x / 32768);
}
