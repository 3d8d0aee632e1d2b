/**
 * Reads a WAV file while it arrives (Microsoft/IBM, Multimedia Programming Interface 1.0, 1991): chunks before the audio are
 * skipped, those behind it ignored. Nothing is kept but a header.
 */
import { UndertoneError } from '@undertone/core';
import { type Encoding, streamRanges } from '@undertone/proto';
import { SampleConverter, type WideSample } from './sample-converter.ts';

const wavOrRaw = 'a WAV file, which begins with RIFF and WAVE (raw audio needs the parameter encoding)';

/** Audio as streams take it. */
export interface AudioFormat {
  readonly encoding: Encoding;
  readonly sampleRateHz: number;
  /** 1 or 2, interleaved. */
  readonly channels: number;
}

const riffHeaderBytes = 12;
const chunkHeaderBytes = 8;
const maxFormatBytes = 4096;
/** What writers put where they cannot come back to fill in the length. */
const unknownBytes = 0xffffffff;

const codes = { pcm: 1, float: 3, aLaw: 6, muLaw: 7, extensible: 0xfffe } as const;

export class WavStream {
  #format: AudioFormat | null = null;
  #converter: SampleConverter | null = null;
  /** What is awaited in full: a header, or the format. */
  #part: Uint8Array = new Uint8Array(riffHeaderBytes);
  #filled = 0;
  #reading: 'riff' | 'chunk' | 'format' | 'skipped' | 'audio' | 'rest' = 'riff';
  /** Of the chunk that is skipped or heard. */
  #remaining = 0;
  #padding = 0;
  #blockBytes = 1;
  #heardBytes = 0;

  /** Known once the audio begins. */
  get format(): AudioFormat | null {
    return this.#reading === 'audio' || this.#reading === 'rest' ? this.#format : null;
  }

  /**
   * @returns what is audio in `bytes`, in the encoding of `format`
   * @throws UndertoneError `bad_wav`, `unsupported_format`
   */
  push(bytes: Uint8Array): Uint8Array {
    let at = 0;
    let audio = new Uint8Array(0) as Uint8Array;
    while (at < bytes.length && this.#reading !== 'rest') {
      if (this.#reading === 'audio') {
        const taken = bytes.subarray(at, at + this.#remaining);
        at += taken.length;
        this.#heardBytes += taken.length;
        this.#remaining -= taken.length;
        if (this.#remaining === 0) this.#reading = 'rest';
        audio = this.#converter ? this.#converter.convert(taken) : taken;
      } else if (this.#reading === 'skipped') {
        const skipped = Math.min(this.#remaining, bytes.length - at);
        at += skipped;
        this.#remaining -= skipped;
        if (this.#remaining === 0) this.#await('chunk', chunkHeaderBytes);
      } else {
        const taken = bytes.subarray(at, at + this.#part.length - this.#filled);
        this.#part.set(taken, this.#filled);
        this.#filled += taken.length;
        at += taken.length;
        if (this.#filled === this.#part.length) this.#partIsComplete();
      }
    }
    return audio;
  }

  /** The file has ended. @throws UndertoneError `bad_wav` where that is too early */
  end(): void {
    if (this.#reading === 'rest') return;
    if (this.#reading !== 'audio') fail('a WAV file with audio', 'one that ends before it');
    if (Number.isFinite(this.#remaining)) {
      const declared = this.#heardBytes + this.#remaining;
      fail(`${declared} bytes of audio, as the header says`, `${this.#heardBytes}; the file is cut off`);
    }
    if (this.#heardBytes % this.#blockBytes !== 0)
      fail(`whole sample frames of ${this.#blockBytes} bytes`, `${this.#heardBytes} bytes of audio`);
  }

  #await(what: 'chunk' | 'format', bytes: number): void {
    this.#reading = what;
    this.#part = new Uint8Array(bytes);
    this.#filled = 0;
  }

  #partIsComplete(): void {
    const view = new DataView(this.#part.buffer);
    if (this.#reading === 'riff') {
      if (tag(this.#part, 0) !== 'RIFF' || tag(this.#part, 8) !== 'WAVE')
        fail(wavOrRaw, `"${tag(this.#part, 0)}" and "${tag(this.#part, 8)}"`);
      this.#await('chunk', chunkHeaderBytes);
    } else if (this.#reading === 'format') {
      this.#readFormat(view);
      this.#skip(this.#padding);
    } else {
      this.#readChunkHeader(tag(this.#part, 0), view.getUint32(4, true));
    }
  }

  #readChunkHeader(name: string, size: number): void {
    // Chunks begin at even offsets.
    this.#padding = size % 2;
    if (name === 'fmt ' && this.#format === null) {
      if (size < 16 || size > maxFormatBytes)
        fail(`16 to ${maxFormatBytes} bytes in the "fmt " chunk`, String(size));
      this.#await('format', size);
    } else if (name === 'data') {
      this.#beginAudio(size);
    } else {
      this.#skip(size + this.#padding);
    }
  }

  #beginAudio(size: number): void {
    if (this.#format === null) fail('a "fmt " chunk before the audio', 'none');
    const isKnown = size !== unknownBytes && size !== 0;
    if (isKnown && size % this.#blockBytes !== 0)
      fail(`whole sample frames of ${this.#blockBytes} bytes`, `${size} bytes of audio`);
    this.#remaining = isKnown ? size : Number.POSITIVE_INFINITY;
    this.#reading = 'audio';
  }

  #skip(bytes: number): void {
    this.#remaining = bytes;
    if (bytes === 0) this.#await('chunk', chunkHeaderBytes);
    else this.#reading = 'skipped';
  }

  #readFormat(view: DataView): void {
    const declared = view.getUint16(0, true);
    // The first two bytes of the sub-format take the place of the code.
    const isExtended = declared === codes.extensible && view.byteLength >= 26;
    const code = isExtended ? view.getUint16(24, true) : declared;
    const channels = view.getUint16(2, true);
    const sampleRateHz = view.getUint32(4, true);
    const blockBytes = view.getUint16(12, true);
    const bits = view.getUint16(14, true);
    const { min, max } = streamRanges.sampleRate;
    if (channels !== 1 && channels !== 2) unsupported('1 or 2 channels', String(channels));
    if (sampleRateHz < min || sampleRateHz > max)
      unsupported(`a sample rate from ${min} to ${max} Hz`, `${sampleRateHz} Hz`);
    const [encoding, wide] = encodingOf(code, bits);
    if (blockBytes !== (channels * bits) / 8)
      fail(`${channels} x ${bits} bits in each sample frame`, `${blockBytes} bytes, as the header says`);
    this.#blockBytes = blockBytes;
    this.#converter = wide ? new SampleConverter(wide) : null;
    this.#format = { encoding, sampleRateHz, channels };
  }
}

/** @returns the encoding of the stream, and what the samples have to be converted from */
function encodingOf(code: number, bits: number): [Encoding, WideSample | null] {
  if (code === codes.pcm && bits === 16) return ['linear16', null];
  if (code === codes.pcm && bits === 8) return ['float32', 'u8'];
  if (code === codes.pcm && bits === 24) return ['float32', 's24'];
  if (code === codes.pcm && bits === 32) return ['float32', 's32'];
  if (code === codes.float && bits === 32) return ['float32', null];
  if (code === codes.float && bits === 64) return ['float32', 'f64'];
  if (code === codes.muLaw && bits === 8) return ['mulaw', null];
  if (code === codes.aLaw && bits === 8) return ['alaw', null];
  return unsupported(
    'PCM of 8, 16, 24 or 32 bits, float of 32 or 64, mu-law or A-law',
    `format code ${code} of ${bits} bits`,
  );
}

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4)).replace(/[^\x20-\x7e]/g, '.');
}

function fail(expected: string, found: string): never {
  throw new UndertoneError('bad_wav', `Expected ${expected}; got ${found}.`);
}

function unsupported(expected: string, found: string): never {
  throw new UndertoneError('unsupported_format', `Expected a WAV file of ${expected}; got ${found}.`);
}
