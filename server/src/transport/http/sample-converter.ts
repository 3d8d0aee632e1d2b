/** Samples that streams do not take, as float32, which holds them exactly up to 24 bits. */

/** PCM of 8 bits (unsigned), 24 or 32 bits (signed), or float of 64 bits; little-endian. */
export type WideSample = 'u8' | 's24' | 's32' | 'f64';

const sampleBytes: Readonly<Record<WideSample, number>> = { u8: 1, s24: 3, s32: 4, f64: 8 };

const readers: { readonly [K in WideSample]: (view: DataView, at: number) => number } = {
  u8: (view, at) => (view.getUint8(at) - 128) / 128,
  s24: (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65_536) / 8_388_608,
  s32: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  f64: (view, at) => view.getFloat64(at, true),
};

export class SampleConverter {
  readonly #bytes: number;
  readonly #read: (view: DataView, at: number) => number;
  #carry: Uint8Array = new Uint8Array(0);

  constructor(sample: WideSample) {
    this.#bytes = sampleBytes[sample];
    this.#read = readers[sample];
  }

  /** @param bytes cut anywhere @returns float32, little-endian, of the samples that are complete */
  convert(bytes: Uint8Array): Uint8Array {
    const input = this.#carry.length > 0 ? Buffer.concat([this.#carry, bytes]) : bytes;
    const samples = Math.floor(input.length / this.#bytes);
    const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    const output = new DataView(new ArrayBuffer(4 * samples));
    for (let i = 0; i < samples; i++) output.setFloat32(4 * i, this.#read(view, i * this.#bytes), true);
    this.#carry = input.slice(samples * this.#bytes);
    return new Uint8Array(output.buffer);
  }
}
