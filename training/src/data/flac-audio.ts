/**
 * FLAC (RFC 9639) by libFLAC. Its compilation to JavaScript is used and not the one to WebAssembly, which asks for its file
 * over the network where Node has `fetch`.
 */
import { createRequire } from 'node:module';
import { UndertoneError } from '@undertone/core';
import type libflac from 'libflacjs';
import { type DecodedAudio, meanOfChannels } from './decoded-audio.ts';

type Flac = ReturnType<typeof libflac>;

let loaded: Promise<Flac> | null = null;

/** A megabyte of code: loaded by the first FLAC file. */
function library(): Promise<Flac> {
  loaded ??= new Promise((resolve) => {
    const flac = createRequire(import.meta.url)('libflacjs/dist/libflac.js') as Flac;
    if (flac.isReady()) resolve(flac);
    else flac.on('ready', () => resolve(flac));
  });
  return loaded;
}

/**
 * @throws UndertoneError `bad_audio` naming the file when it is damaged, shorter than its header says, or other than its
 * MD5 sum says
 */
export async function decodeFlac(bytes: Uint8Array, path: string): Promise<DecodedAudio> {
  const flac = await library();
  const decoder = flac.create_libflac_decoder(true);
  const channels: Float32Array[][] = [];
  let sampleRateHz = 0;
  let announced = 0;
  let problem = '';
  let at = 0;
  const fault = (what: string): void => {
    problem ||= what;
  };
  flac.init_decoder_stream(
    decoder,
    (wanted) => {
      const buffer = Uint8Array.from(bytes.subarray(at, at + wanted));
      at += buffer.length;
      return { buffer, readDataLength: buffer.length, error: false };
    },
    (parts, frame) => {
      sampleRateHz = frame.sampleRate;
      for (const [c, part] of parts.entries()) {
        const target = channels[c] ?? [];
        channels[c] = target;
        target.push(toFloat(part, part.length / frame.blocksize, frame.bitsPerSample));
      }
    },
    (_code, message) => fault(String(message).replace('FLAC__STREAM_DECODER_ERROR_STATUS_', '')),
    (info) => {
      announced = info?.total_samples ?? 0;
    },
  );
  if (!flac.FLAC__stream_decoder_process_until_end_of_stream(decoder)) fault('undecodable data');
  if (!flac.FLAC__stream_decoder_finish(decoder)) fault('samples of another MD5 sum');
  flac.FLAC__stream_decoder_delete(decoder);
  const samples = meanOfChannels(channels.map(concatenated));
  if (problem !== '' || samples.length === 0 || samples.length < announced) {
    throw new UndertoneError(
      'bad_audio',
      `${path}: expected FLAC with ${announced > 0 ? announced : 'some'} samples; found ${samples.length}${problem && ` (${problem})`}.`,
    );
  }
  return { samples, sampleRateHz, channels: channels.length, format: 'flac' };
}

/** Little-endian whole numbers of `bits` bits in `width` bytes each; 24 bits come in 4 bytes. */
function toFloat(bytes: Uint8Array, width: number, bits: number): Float32Array {
  const scale = 2 ** (1 - bits);
  const out = new Float32Array(bytes.length / width);
  for (let n = 0; n < out.length; n++) {
    let value = 0;
    // From the lowest byte up into the top of 32 bits, so that the sign comes out right.
    for (let b = 0; b < width; b++) value |= bytes[n * width + b]! << (8 * (4 - width + b));
    out[n] = (value >> (8 * (4 - width))) * scale;
  }
  return out;
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
