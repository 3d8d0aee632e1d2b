/** Reads the golden reference set in `test/golden` (definitions and tolerances: its README.md). */
import { readFileSync } from 'node:fs';

const folder = new URL('../golden/', import.meta.url);

/** The twelve reference signals, 16 kHz, one channel. */
export const goldenSignals = [
  'sweep',
  'noise',
  'impulse',
  'silence',
  'dc',
  'clipped',
  'vibrato',
  'speech_calm_m',
  'speech_angry_f',
  'speech_sad_m',
  'speech_happy_f',
  'phone',
] as const;

/** Packet sizes in samples with which streaming is compared with one piece. */
export const packetSizes = [1, 7, 160, 333, 4096] as const;

/** Bytes of a file below `test/golden`. */
export function readGoldenBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, folder)));
}

/** 16-bit samples of the one-channel file `wav/NAME.wav`. */
export function readGoldenPcm(name: string): Int16Array {
  const bytes = readGoldenBytes(`wav/${name}.wav`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    const id = String.fromCharCode(...bytes.subarray(offset, offset + 4));
    const length = view.getUint32(offset + 4, true);
    if (id === 'data') {
      return Int16Array.from({ length: length / 2 }, (_, n) => view.getInt16(offset + 8 + 2 * n, true));
    }
    offset += 8 + length + (length & 1);
  }
  throw new Error(`wav/${name}.wav has no data chunk`);
}

/** Samples in [-1, 1) of `wav/NAME.wav`: int16 / 32768. */
export function readGoldenWav(name: string): Float32Array {
  return Float32Array.from(readGoldenPcm(name), (value) => value / 32768);
}

export interface GoldenTable {
  readonly columns: readonly string[];
  readonly rows: readonly Float64Array[];
  /** All values of one named column. */
  column(name: string): Float64Array;
}

/** A comma-separated table with one header line below `test/golden`, such as `kaldi/sweep.mfcc13.csv`. */
export function readGoldenCsv(path: string): GoldenTable {
  const lines = new TextDecoder().decode(readGoldenBytes(path)).trimEnd().split('\n');
  const columns = (lines.shift() ?? '').trim().split(',');
  const rows = lines.map((line) => Float64Array.from(line.split(','), Number));
  return {
    columns,
    rows,
    column(name) {
      const index = columns.indexOf(name);
      if (index < 0) throw new Error(`${path} has columns ${columns.join(', ')}, not ${name}`);
      return Float64Array.from(rows, (row) => row[index]!);
    },
  };
}

/** Cuts `samples` into consecutive views of `size`, the last one shorter. */
export function* packets(samples: Float32Array, size: number): Generator<Float32Array> {
  for (let start = 0; start < samples.length; start += size) yield samples.subarray(start, start + size);
}
