/** A tone as a WAV file, and how much of what was heard is that tone. */

export interface ToneFile {
  readonly hz: number;
  readonly seconds: number;
  readonly sampleRateHz: number;
  /** Of full scale 1. */
  readonly amplitude: number;
}

/** 16-bit mono. */
export function toneWav({ hz, seconds, sampleRateHz, amplitude }: ToneFile): Buffer {
  const samples = Math.round(seconds * sampleRateHz);
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + samples * 2, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRateHz, 24);
  bytes.writeUInt32LE(sampleRateHz * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) {
    const value = amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRateHz);
    bytes.writeInt16LE(Math.round(value * 32767), 44 + i * 2);
  }
  return bytes;
}

export interface HeardTone {
  /** Root mean square in decibels of full scale. */
  readonly dbfs: number;
  /** Of the energy, in the median tenth of a second: 1 when every sample is where it belongs. */
  readonly share: number;
}

/** @param samples 16-bit */
export function heardTone(samples: readonly number[], hz: number, sampleRateHz: number): HeardTone {
  const block = sampleRateHz / 10;
  const shares: number[] = [];
  const energies: number[] = [];
  for (let start = 0; start + block <= samples.length; start += block) {
    let real = 0;
    let imaginary = 0;
    let energy = 0;
    for (let i = 0; i < block; i++) {
      const value = samples[start + i]! / 32768;
      real += value * Math.cos((2 * Math.PI * hz * i) / sampleRateHz);
      imaginary += value * Math.sin((2 * Math.PI * hz * i) / sampleRateHz);
      energy += value * value;
    }
    shares.push(energy === 0 ? 0 : (2 * (real * real + imaginary * imaginary)) / block / energy);
    energies.push(energy / block);
  }
  return { dbfs: 10 * Math.log10(median(energies)), share: median(shares) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
