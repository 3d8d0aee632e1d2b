/**
 * Reads WAV files of any width, rate and channel count. The chunks are wavefile's business; the samples are converted
 * here, because its own conversion takes 60 ms for a clip of two seconds, and takes extensible floats for integers.
 */
import { aLawSamples, highestRateHz, lowestRateHz, muLawSamples, UndertoneError } from '@undertone/core';
import wavefile from 'wavefile';
import type { DecodedAudio } from './decoded-audio.ts';

/** What wavefile puts into `fmt` and `data`, which its types leave open. */
interface WavFormat {
  readonly audioFormat: number;
  readonly numChannels: number;
  readonly sampleRate: number;
  readonly bitsPerSample: number;
  /** The first four bytes of an extensible format's GUID say what `audioFormat` says otherwise. */
  readonly subformat: readonly number[];
}
interface WavData {
  readonly chunkSize: number;
  readonly samples: Uint8Array;
}

interface Converter {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

const extensible = 0xfffe;

/** Bytes per sample and conversion of one sample, by format tag and container width. */
const converters: Readonly<Record<string, Converter>> = {
  '1/8': { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 128 },
  '1/16': { bytes: 2, read: (view, at) => view.getInt16(at, true) / 32768 },
  '1/24': {
    bytes: 3,
    read: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608,
  },
  '1/32': { bytes: 4, read: (view, at) => view.getInt32(at, true) / 2147483648 },
  '3/32': { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  '3/64': { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  '6/8': { bytes: 1, read: (view, at) => aLawSamples[view.getUint8(at)]! / 32768 },
  '7/8': { bytes: 1, read: (view, at) => muLawSamples[view.getUint8(at)]! / 32768 },
};

/**
 * @param path for messages
 * @throws UndertoneError `bad_wav` naming the file when it is empty, malformed, lies about its length or holds values that
 * are no samples
 */
export function parseWav(bytes: Uint8Array, path: string): DecodedAudio {
  const wav = new wavefile.WaveFile();
  try {
    wav.fromBuffer(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UndertoneError('bad_wav', `${path} is not a WAV file: ${reason}`, { cause });
  }
  const format = wav.fmt as WavFormat;
  const data = wav.data as WavData;
  const { numChannels, sampleRate, bitsPerSample } = format;
  const tag = format.audioFormat === extensible ? format.subformat[0] : format.audioFormat;
  // Widths between are stored in whole bytes: 12 bits in 16, 20 in 24.
  const converter = converters[`${tag}/${8 * Math.ceil(bitsPerSample / 8)}`];
  if (!converter || wav.container !== 'RIFF') {
    refuse(
      path,
      'PCM, float, mu-law or A-law samples in RIFF',
      `${wav.container} with format ${tag} of ${bitsPerSample} bits`,
    );
  }
  if (numChannels < 1) refuse(path, 'at least one channel', `${numChannels}`);
  if (sampleRate < lowestRateHz || sampleRate > highestRateHz) {
    refuse(path, `${lowestRateHz} to ${highestRateHz} Hz`, `${sampleRate} Hz`);
  }
  if (data.chunkSize > data.samples.length) {
    refuse(path, `${data.chunkSize} bytes of audio as its header says`, `${data.samples.length}`);
  }
  // A chunk of odd length is followed by a byte of padding, which wavefile counts as audio.
  const audioBytes = Math.min(data.samples.length, data.chunkSize);
  const frames = Math.floor(audioBytes / (converter.bytes * numChannels));
  if (frames === 0) refuse(path, 'audio', 'no samples');
  return {
    samples: mixDown(data.samples, frames, numChannels, converter, path),
    sampleRateHz: sampleRate,
    channels: numChannels,
    format: 'wav',
  };
}

function mixDown(
  bytes: Uint8Array,
  frames: number,
  channels: number,
  { bytes: width, read }: Converter,
  path: string,
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(frames);
  for (let n = 0; n < frames; n++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += read(view, (n * channels + c) * width);
    if (!Number.isFinite(sum)) refuse(path, 'finite samples', `${sum} at sample ${n}`);
    samples[n] = sum / channels;
  }
  return samples;
}

function refuse(path: string, expected: string, found: string): never {
  throw new UndertoneError('bad_wav', `${path}: expected ${expected}; found ${found}.`);
}
