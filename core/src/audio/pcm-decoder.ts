/**
 * Turns interleaved little-endian PCM bytes, cut anywhere by the network, into one float signal per channel. The
 * bytes of an unfinished sample frame (one sample of every channel) are kept for the next call.
 */
import { UndertoneError } from '../errors.ts';
import { aLawSamples, muLawSamples } from './g711.ts';

export type AudioEncoding = 'linear16' | 'float32' | 'mulaw' | 'alaw';

export const bytesPerSample: Readonly<Record<AudioEncoding, number>> = {
  linear16: 2,
  float32: 4,
  mulaw: 1,
  alaw: 1,
};

const maxChannels = 64;
/** Whether typed arrays read PCM as it comes. */
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export class PcmDecoder {
  readonly #encoding: AudioEncoding;
  readonly #channels: number;
  readonly #frameBytes: number;
  /** Bytes of the unfinished sample frame; only the first `#carried` are valid. */
  readonly #carry: Uint8Array<ArrayBuffer>;
  readonly #carryView: DataView;
  #carried = 0;
  /** One growing buffer per channel, all of the same length, and the views of it handed out last. */
  #buffers: Float32Array[];
  #views: Float32Array[];
  /** Sample frames decoded before this call. */
  #decodedFrames = 0;

  /** Throws `bad_parameter` for an unknown encoding or unless `channels` is an integer in [1, 64]. */
  constructor(encoding: AudioEncoding, channels: number) {
    if (!Object.hasOwn(bytesPerSample, encoding)) {
      const known = Object.keys(bytesPerSample).join(', ');
      throw new UndertoneError('bad_parameter', `encoding must be one of ${known}, got ${encoding}`);
    }
    if (!Number.isInteger(channels) || channels < 1 || channels > maxChannels) {
      throw new UndertoneError(
        'bad_parameter',
        `channels must be an integer in [1, ${maxChannels}], got ${channels}`,
      );
    }
    this.#encoding = encoding;
    this.#channels = channels;
    this.#frameBytes = bytesPerSample[encoding] * channels;
    this.#carry = new Uint8Array(this.#frameBytes);
    this.#carryView = new DataView(this.#carry.buffer);
    this.#buffers = Array.from({ length: channels }, () => new Float32Array(0));
    this.#views = this.#buffers;
  }

  /** Bytes of an unfinished sample frame waiting for the rest; not zero at the end means a truncated stream. */
  get remainderBytes(): number {
    return this.#carried;
  }

  /**
   * Decodes what `bytes` completes: one signal in [-1, 1] per channel, all equally long, valid until the next
   * call. Throws `bad_audio` when a float32 sample is not finite: what `bytes` complete is lost, but what follows them
   * is decoded from the right place.
   */
  decode(bytes: Uint8Array): Float32Array[] {
    const frameBytes = this.#frameBytes;
    const available = this.#carried + bytes.length;
    const frames = Math.floor(available / frameBytes);
    this.#resize(frames);
    if (frames === 0) {
      for (const byte of bytes) this.#carry[this.#carried++] = byte;
      return this.#views;
    }
    let offset = 0;
    let frame = 0;
    try {
      if (this.#carried > 0) {
        while (this.#carried < frameBytes) this.#carry[this.#carried++] = bytes[offset++]!;
        this.#decodeFrames(this.#carry, this.#carryView, 0, 0, 1);
        frame = 1;
      }
      this.#decodeFrames(bytes, null, offset, frame, frames - frame);
    } finally {
      this.#carried = available - frames * frameBytes;
      for (let i = 0, b = bytes.length - this.#carried; b < bytes.length; ) this.#carry[i++] = bytes[b++]!;
      this.#decodedFrames += frames;
    }
    return this.#views;
  }

  /** Forgets the bytes of an unfinished sample frame, as before audio that does not follow on the last. */
  dropRemainder(): void {
    this.#carried = 0;
  }

  #resize(frames: number): void {
    if (this.#views[0]!.length === frames) return;
    if (this.#buffers[0]!.length < frames) {
      this.#buffers = this.#buffers.map(() => new Float32Array(frames));
    }
    this.#views = this.#buffers.map((buffer) => buffer.subarray(0, frames));
  }

  /** Decodes `count` sample frames that begin at byte `offset` into the views from frame `first` on. */
  #decodeFrames(
    bytes: Uint8Array,
    known: DataView | null,
    offset: number,
    first: number,
    count: number,
  ): void {
    const channels = this.#channels;
    const frameBytes = this.#frameBytes;
    const at = bytes.byteOffset + offset;
    if (this.#encoding === 'linear16' && isLittleEndian && at % 2 === 0) {
      this.#decodeAligned(new Int16Array(bytes.buffer, at, count * channels), first);
      return;
    }
    const view = known ?? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let c = 0; c < channels; c++) {
      const out = this.#views[c]!;
      const start = offset + c * bytesPerSample[this.#encoding];
      if (this.#encoding === 'linear16') {
        for (let i = 0, b = start; i < count; i++, b += frameBytes) {
          out[first + i] = (((bytes[b]! | (bytes[b + 1]! << 8)) << 16) >> 16) / 32768;
        }
      } else if (this.#encoding === 'float32') {
        for (let i = 0, b = start; i < count; i++, b += frameBytes) {
          const value = view.getFloat32(b, true);
          if (!Number.isFinite(value)) throw this.#notFinite(value, first + i, c);
          // Mixers overshoot full scale now and then; integer formats would have clipped the same peak, and
          // what is far out of range (1e30) must not reach the features, whose squares would overflow.
          out[first + i] = Math.max(-1, Math.min(1, value));
        }
      } else {
        const table = this.#encoding === 'mulaw' ? muLawSamples : aLawSamples;
        for (let i = 0, b = start; i < count; i++, b += frameBytes)
          out[first + i] = table[bytes[b]!]! / 32768;
      }
    }
  }

  #decodeAligned(pcm: Int16Array, first: number): void {
    const channels = this.#channels;
    for (let c = 0; c < channels; c++) {
      const out = this.#views[c]!;
      for (let i = first, n = c; n < pcm.length; i++, n += channels) out[i] = pcm[n]! / 32768;
    }
  }

  #notFinite(value: number, frame: number, channel: number): UndertoneError {
    return new UndertoneError(
      'bad_audio',
      `float32 samples must be finite, got ${value} at sample ${this.#decodedFrames + frame} of channel ${channel}`,
    );
  }
}
