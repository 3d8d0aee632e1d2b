/**
 * WAV files as streams take them: bytes in one of the protocol's encodings at the file's own rate. 16-bit, mu-law
 * and A-law samples stay as they are; all others become float32, which holds them exactly up to 24 bits. Rates and
 * channel counts that streams do not take are brought to what they do (`fitToStream`).
 */
import { UndertoneError } from '@undertone/core';
import type { Encoding } from '@undertone/proto';
import wavefile from 'wavefile';
import { detectFormat } from './file-format.ts';
import { fileRates, fitToStream } from './fit-to-stream.ts';
import { readWavChunks } from './riff-chunks.ts';

export interface WavAudio {
  readonly encoding: Encoding;
  readonly sampleRateHz: number;
  /** 1 or 2, interleaved. */
  readonly channels: number;
  readonly bytes: Uint8Array;
  readonly seconds: number;
  /** What the file holds, for people: `16-bit`, `mu-law`. */
  readonly description: string;
}

interface WavFormat {
  readonly code: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly blockBytes: number;
  readonly bits: number;
}

/** What the decoder takes. */
const mostChannels = 64;

const pcm = 1;
const float = 3;
const aLaw = 6;
const muLaw = 7;
const extensible = 0xfffe;

/** Other codes that are met, so that the refusal can name them (RFC 2361). */
const codeNames: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  80: 'MPEG',
  85: 'MP3',
  255: 'AAC',
};

/**
 * @param name of the file, as the command in a refusal shows it
 * @throws UndertoneError `bad_wav`, `unsupported_format`, `bad_audio`
 */
export function readWav(bytes: Uint8Array, name = 'FILE'): WavAudio {
  if (bytes.length === 0) throw new UndertoneError('bad_wav', 'Expected a WAV file; got an empty file.');
  const format = detectFormat(bytes);
  if (format !== null && format !== 'WAV') unsupported('a WAV file', format, convertLine(name));
  if (format === null && !bytesLookLikeRiff(bytes) && !/\.wave?$/i.test(name)) {
    unsupported('a WAV file', 'no audio format that is known', convertLine(name));
  }
  const chunks = readWavChunks(bytes, repairLine(name));
  const wav = parseFormat(chunks.format);
  checkFormat(wav, name);
  const encoding = encodingOf(wav, name);
  if (chunks.data.length === 0)
    throw new UndertoneError('bad_wav', 'Expected audio; got a data chunk of 0 bytes.');
  if (chunks.data.length % wav.blockBytes !== 0) {
    const expected = `Expected whole sample frames of ${wav.blockBytes} bytes`;
    throw new UndertoneError('bad_wav', `${expected}; got ${chunks.data.length} bytes of audio.`);
  }
  return fitToStream({
    encoding,
    sampleRateHz: wav.sampleRateHz,
    channels: wav.channels,
    bytes: encoding === 'float32' ? toFloat32(chunks.data, wav) : chunks.data,
    seconds: chunks.data.length / wav.blockBytes / wav.sampleRateHz,
    description: describe(wav),
  });
}

function bytesLookLikeRiff(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 4)) === 'RIFF';
}

function parseFormat(chunk: Uint8Array): WavFormat {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const code = view.getUint16(0, true);
  return {
    // The first two bytes of the sub-format take the place of the code.
    code: code === extensible && chunk.length >= 26 ? view.getUint16(24, true) : code,
    channels: view.getUint16(2, true),
    sampleRateHz: view.getUint32(4, true),
    blockBytes: view.getUint16(12, true),
    bits: view.getUint16(14, true),
  };
}

function checkFormat({ channels, sampleRateHz }: WavFormat, name: string): void {
  const { min, max } = fileRates;
  if (channels < 1) throw new UndertoneError('bad_wav', 'Expected at least one channel; got 0.');
  if (channels > mostChannels) {
    unsupported(`1 to ${mostChannels} channels`, String(channels), convertLine(name, '-ac 1 '));
  }
  if (sampleRateHz < min || sampleRateHz > max) {
    const found = `${sampleRateHz} Hz`;
    unsupported(`a sample rate from ${min} to ${max} Hz`, found, convertLine(name, '-ar 16000 '));
  }
}

function encodingOf({ code, bits, channels, blockBytes }: WavFormat, name: string): Encoding {
  if (blockBytes !== (channels * bits) / 8 && [pcm, float, aLaw, muLaw].includes(code)) {
    const expected = `Expected ${channels} x ${bits} bits in each sample frame`;
    throw new UndertoneError('bad_wav', `${expected}; the header says ${blockBytes} bytes.`);
  }
  if (code === pcm && bits === 16) return 'linear16';
  if (code === pcm && [8, 24, 32].includes(bits)) return 'float32';
  if (code === float && [32, 64].includes(bits)) return 'float32';
  if (code === muLaw && bits === 8) return 'mulaw';
  if (code === aLaw && bits === 8) return 'alaw';
  const known = code === pcm ? 'PCM' : code === float ? 'float' : codeNames[code];
  const found = `${known ?? `format code ${code}`} of ${bits} bits`;
  return unsupported('PCM of 8, 16, 24 or 32 bits, float, mu-law or A-law', found, convertLine(name));
}

function toFloat32(data: Uint8Array, format: WavFormat): Uint8Array {
  const samples = new wavefile.WaveFile(plainWav(data, format)).getSamples(true, Float64Array);
  const { code, bits } = format;
  const fullScale = code === float ? 1 : 2 ** (bits - 1);
  // 8-bit samples are unsigned.
  const zero = bits === 8 ? 128 : 0;
  const floats = Float32Array.from(samples, (x) => (x - zero) / fullScale);
  return new Uint8Array(floats.buffer);
}

/**
 * The same audio with the plainest header: the library reads all chunks, which may be damaged, and takes float with
 * an extensible header for integers.
 */
function plainWav(
  data: Uint8Array,
  { code, channels, sampleRateHz, blockBytes, bits }: WavFormat,
): Uint8Array {
  const bytes = new Uint8Array(44 + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('RIFF....WAVEfmt ....................data'));
  view.setUint32(4, bytes.length - 8, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, code, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * blockBytes, true);
  view.setUint16(32, blockBytes, true);
  view.setUint16(34, bits, true);
  view.setUint32(40, data.length, true);
  bytes.set(data, 44);
  return bytes;
}

function describe({ code, bits }: WavFormat): string {
  if (code === muLaw) return 'mu-law';
  if (code === aLaw) return 'A-law';
  return code === float ? `${bits}-bit float` : `${bits}-bit`;
}

function convertLine(name: string, options = ''): string {
  return `Convert it: ffmpeg -i ${quote(name)} ${options}-c:a pcm_s16le ${quote(outputName(name, 'converted'))}`;
}

function repairLine(name: string): string {
  return `ffmpeg -i ${quote(name)} -c copy ${quote(outputName(name, 'repaired'))}`;
}

function outputName(name: string, what: string): string {
  return `${name.replace(/\.[^./\\]*$/, '')}-${what}.wav`;
}

function quote(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function unsupported(expected: string, found: string, advice: string): never {
  throw new UndertoneError('unsupported_format', `Expected ${expected}; got ${found}. ${advice}`);
}
