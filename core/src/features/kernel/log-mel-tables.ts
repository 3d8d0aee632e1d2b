/** Fills the log-mel tables of a kernel from the configuration. */
import { UndertoneError } from '../../errors.ts';
import type { FeatureConfig } from '../feature-config.ts';
import { fftSize } from '../log-mel.ts';
import { MelFilterbank } from '../mel.ts';
import { makeWindow } from '../window.ts';
import type { KernelModule } from './kernel-module.ts';

/** Floats of the kernel's power spectrum that may be read, bins 0 to 256 and padding. */
const readableBins = 272;
const maxMelWeights = 4096;

/** cos and -sin of 2 pi k / points, the parts of e^(-2 pi i k / points). */
const turn = (k: number, points: number): readonly [number, number] => [
  Math.cos((2 * Math.PI * k) / points),
  -Math.sin((2 * Math.PI * k) / points),
];

function writeTwiddles({ floats, at }: KernelModule): void {
  for (let p = 0; p < 64; p++) {
    for (let power = 1; power <= 3; power++) {
      const [re, im] = turn(p * power, 256);
      const vector = at.twiddles256 + (p >> 2) * 24 + (power - 1) * 8 + (p & 3);
      floats[vector] = re;
      floats[vector + 4] = im;
    }
  }
  let row = at.twiddles64;
  for (const points of [64, 16]) {
    for (let p = 0; p < points / 4; p++, row += 8) {
      floats.set([...turn(p, points), ...turn(2 * p, points), ...turn(3 * p, points)], row);
    }
  }
  for (let k = 1; k <= fftSize / 4; k++) {
    const [re, im] = turn(k, fftSize);
    const vector = at.splitTwiddles + ((k - 1) >> 2) * 8 + ((k - 1) & 3);
    floats[vector] = re;
    floats[vector + 4] = im;
  }
}

/** Four bands at a time are summed over equally many vectors of four bins; where a triangle is narrower, weights are 0. */
function writeMel({ floats, integers, at }: KernelModule, mel: MelFilterbank): void {
  let next = at.melWeights;
  const groups = Math.ceil(mel.bands / 4);
  for (let g = 0; g < groups; g++) {
    const bands = [0, 1, 2, 3].map((i) => 4 * g + i);
    const widths = bands.map((b) => (b < mel.bands ? mel.offsets[b + 1]! - mel.offsets[b]! : 0));
    const vectors = Math.max(1, Math.ceil(Math.max(...widths) / 4));
    integers[at.melRuns + 8 * g] = vectors;
    if (next + 16 * vectors > at.melWeights + maxMelWeights) {
      throw new UndertoneError('bad_parameter', `the mel bands need more than ${maxMelWeights} weights`);
    }
    for (const [i, b] of bands.entries()) {
      const first = mel.starts[b] ?? 0;
      const start = Math.min(first, readableBins - 4 * vectors);
      integers[at.melRuns + 8 * g + 1 + i] = 4 * start;
      for (let w = 0; w < widths[i]!; w++) {
        const bin = first - start + w;
        floats[next + (bin >> 2) * 16 + 4 * i + (bin & 3)] = mel.weights[mel.offsets[b]! + w]!;
      }
    }
    next += 16 * vectors;
  }
}

/** Throws `bad_parameter` when the kernel cannot compute what the configuration asks for. */
export function writeLogMelTables(kernel: KernelModule, config: FeatureConfig): void {
  const { bands, lowHz, highHz, window, preemphasis, removeDcOffset, energyFloor } = config.logMel;
  const { floats, at, sizes } = kernel;
  if (!(Number.isInteger(bands) && bands >= 1 && bands <= sizes.MAX_BANDS)) {
    throw new UndertoneError('bad_parameter', `mel bands must be 1 to ${sizes.MAX_BANDS}, got ${bands}`);
  }
  if (!(energyFloor >= 1e-30)) {
    throw new UndertoneError('bad_parameter', `the energy floor must be at least 1e-30, got ${energyFloor}`);
  }
  const { sampleRate, windowSamples } = config;
  floats.set([removeDcOffset ? 1 / windowSamples : 0, preemphasis, energyFloor], at.logMelConstants);
  // The kernel's spectrum is twice the true one.
  for (const [n, w] of makeWindow(window, windowSamples).entries()) floats[at.windowTable + n] = 0.5 * w;
  writeTwiddles(kernel);
  writeMel(kernel, new MelFilterbank({ bands, lowHz, highHz, sampleRate, fftSize, slopes: 'linear-in-mel' }));
}
