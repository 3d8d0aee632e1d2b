/** Fills the pitch tables of a kernel. */
import type { KernelModule } from './kernel-module.ts';
import type { PitchTables } from './pitch-tables.ts';

/** Writes `tables` in the order in which assembly/*.ts reads `pitchConstants`. */
export function writePitchTables({ floats, integers, at, sizes }: KernelModule, tables: PitchTables): void {
  const { tuning, lags, lastLag, hop } = tables;
  const [oldest, middle, latest] = tuning.blockWeights as [number, number, number];
  const ballast = tuning.ballastRms ** 2 * hop * (oldest + middle + latest);
  const real = (index: number, value: number): void => {
    floats[at.pitchConstants + index] = value;
  };
  const whole = (index: number, value: number): void => {
    integers[at.pitchConstants + index] = value;
  };
  real(0, tuning.highPassPole);
  real(1, oldest);
  real(2, middle);
  real(3, latest);
  real(4, ballast);
  real(5, tuning.minPeak);
  real(6, tuning.unvoicedScore);
  real(7, tuning.octaveCost);
  real(8, tuning.jumpCost);
  real(9, tuning.voicingChangeCost);
  real(10, tuning.memory);
  real(11, tables.rateHz);
  whole(12, lastLag);
  real(13, Math.log2(tables.shortestLag));
  whole(14, lags);
  whole(15, tables.firstPoint);
  whole(16, tables.lastPoint);
  // Symmetric, outermost pair first.
  for (let i = 0; i < 4; i++) real(17 + i, tables.interpolation[i]!);
  floats.set(tables.lowPass, at.lowPassTable);
  for (let k = 0; k < 2 * lags; k++) {
    const lag = Math.max(lastLag - k / 2, 0.5);
    floats[at.logLagTable + k] = Math.log2(lag);
    floats[at.logLagTable + 2 * sizes.MAX_LAGS + k] = -0.5 / (lag * Math.LN2);
  }
}
