/** From a file to 16-bit samples: WAV files as they are, everything else by the browser. */
import { UndertoneError } from '@undertone/core';
import { readWavChunks } from '../../audio-file/riff-chunks.ts';
import { fileSampleRateHz } from './file-sample-rate.ts';

export interface DecodedAudio {
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  /** Per channel. */
  readonly samples: number;
  /** Interleaved; from `start` up to `end`, both per channel. */
  read(start: number, end: number): Int16Array;
}

/** What streams may have. */
const leastRateHz = 8000;
const mostRateHz = 48_000;

/** @throws UndertoneError `unsupported_format` */
export async function decodeFile(file: Blob): Promise<DecodedAudio> {
  const buffer = await file.arrayBuffer();
  const bytes = new Uint8Array(buffer);
  return decodePlainWav(bytes) ?? decodeByBrowser(file, buffer, fileSampleRateHz(bytes));
}

/** 16-bit WAV of one or two channels at a rate that streams take. Null for all else, and for what is damaged. */
export function decodePlainWav(bytes: Uint8Array): DecodedAudio | null {
  const chunks = wavChunks(bytes);
  if (!chunks) return null;
  const format = new DataView(chunks.format.buffer, chunks.format.byteOffset);
  const channels = format.getUint16(2, true);
  const sampleRateHz = format.getUint32(4, true);
  const isPlain = format.getUint16(0, true) === 1 && format.getUint16(14, true) === 16;
  if (!isPlain || !isAllowed(sampleRateHz) || (channels !== 1 && channels !== 2)) return null;
  const samples = Math.floor(chunks.data.length / 2 / channels);
  if (samples === 0) return null;
  // A copy begins at an even place.
  const values = new Int16Array(new Uint8Array(chunks.data.subarray(0, samples * channels * 2)).buffer);
  const read = (start: number, end: number): Int16Array => values.slice(start * channels, end * channels);
  return { sampleRateHz, channels, samples, read };
}

function wavChunks(bytes: Uint8Array): ReturnType<typeof readWavChunks> | null {
  try {
    return readWavChunks(bytes, '');
  } catch {
    // The browser may read it nevertheless.
    return null;
  }
}

async function decodeByBrowser(
  file: Blob,
  buffer: ArrayBuffer,
  ownRateHz: number | null,
): Promise<DecodedAudio> {
  const sampleRate = ownRateHz !== null && isAllowed(ownRateHz) ? ownRateHz : mostRateHz;
  let audio: AudioBuffer;
  try {
    audio = await new OfflineAudioContext({ length: 1, sampleRate }).decodeAudioData(buffer);
  } catch (cause) {
    const { name = 'a Blob', size, type = '' } = file as Partial<File> & Blob;
    const got = `${name} (${type || 'no type'}, ${size} bytes)`;
    const message = `Expected an audio file that this browser can decode; got ${got}: ${(cause as Error).message}`;
    throw new UndertoneError('unsupported_format', message, { cause });
  }
  const channels = audio.numberOfChannels === 2 ? 2 : 1;
  const read = (start: number, end: number): Int16Array => interleaved(audio, channels, start, end);
  return { sampleRateHz: audio.sampleRate, channels, samples: audio.length, read };
}

function isAllowed(rateHz: number): boolean {
  return rateHz >= leastRateHz && rateHz <= mostRateHz;
}

/** Full scale 32768, rounded, clipped. */
function interleaved(audio: AudioBuffer, channels: number, start: number, end: number): Int16Array {
  const sources = Array.from({ length: audio.numberOfChannels }, (_, i) => audio.getChannelData(i));
  const samples = new Int16Array((end - start) * channels);
  for (let i = start, at = 0; i < end; i++) {
    let sum = 0;
    for (const source of sources) {
      if (channels === sources.length) samples[at++] = toInt16(source[i]!);
      else sum += source[i]!;
    }
    if (channels !== sources.length) samples[at++] = toInt16(sum / sources.length);
  }
  return samples;
}

function toInt16(value: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
}
