/**
 * Reads WAV files of any width, rate and channel count. The chunks are wavefile's business; the samples are converted
 * here, because its own conversion takes 60 ms for a clip of two seconds.
 */
import { readFileSync } from 'node:fs';
import { UndertoneError } from '@undertone/core';
import wavefile from 'wavefile';

export interface WavAudio {
  /** One channel (the mean of all), full scale 1. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

/** What wavefile puts into `fmt` and `data`, which its types leave open. */
interface WavFormat {
  readonly numChannels: number;
  readonly sampleRate: number;
}
interface WavData {
  readonly chunkSize: number;
  readonly samples: Uint8Array;
}

/** Bytes per sample and conversion of one sample, by wavefile's name of the width. */
const converters: Readonly<Record<string, [bytes: number, read: (view: DataView, at: number) => number]>> = {
  '8': [1, (view, at) => (view.getUint8(at) - 128) / 128],
  '16': [2, (view, at) => view.getInt16(at, true) / 32768],
  '24': [3, (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608],
  '32': [4, (view, at) => view.getInt32(at, true) / 2147483648],
  '32f': [4, (view, at) => view.getFloat32(at, true)],
  '64': [8, (view, at) => view.getFloat64(at, true)],
};

/**
 * @param startS first second wanted
 * @param endS end, default the end of the file
 * @throws UndertoneError `bad_wav` naming the file when it is empty, malformed, lies about its length or holds
 * values that are no samples; `file_not_found`
 */
export function readWavFile(path: string, startS = 0, endS: number = Number.POSITIVE_INFINITY): WavAudio {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read ${path}.`, { cause });
  }
  const { samples, sampleRateHz } = parseWav(bytes, path);
  const first = Math.round(startS * sampleRateHz);
  const end = Math.min(samples.length, Math.round(endS * sampleRateHz));
  if (first >= end) {
    refuse(path, `audio from ${startS} s on`, `${(samples.length / sampleRateHz).toFixed(3)} s of audio`);
  }
  return {
    samples: first === 0 && end === samples.length ? samples : samples.slice(first, end),
    sampleRateHz,
  };
}

/** As `readWavFile`, from bytes; `path` is for messages. */
export function parseWav(bytes: Uint8Array, path: string): WavAudio {
  const wav = new wavefile.WaveFile();
  try {
    wav.fromBuffer(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UndertoneError('bad_wav', `${path} is not a WAV file: ${reason}`, { cause });
  }
  const { numChannels, sampleRate } = wav.fmt as WavFormat;
  const data = wav.data as WavData;
  const converter = converters[wav.bitDepth];
  if (!converter || wav.container !== 'RIFF') {
    refuse(path, 'PCM or float samples in RIFF', `${wav.container} with samples of type ${wav.bitDepth}`);
  }
  if (numChannels < 1) refuse(path, 'at least one channel', `${numChannels}`);
  if (sampleRate < 8000 || sampleRate > 48000) refuse(path, '8000 to 48000 Hz', `${sampleRate} Hz`);
  if (data.chunkSize > data.samples.length) {
    refuse(path, `${data.chunkSize} bytes of audio as its header says`, `${data.samples.length}`);
  }
  const frames = Math.floor(data.samples.length / (converter[0] * numChannels));
  if (frames === 0) refuse(path, 'audio', 'no samples');
  return { samples: mixDown(data.samples, frames, numChannels, converter, path), sampleRateHz: sampleRate };
}

function mixDown(
  bytes: Uint8Array,
  frames: number,
  channels: number,
  [width, read]: (typeof converters)[string],
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
