/** Level of one frame of samples in [-1, 1], without a window. Sums are float64. */

/** 2^-23: one step of a float32 near 1, the floor that Kaldi and openSMILE put under an energy. */
const energyFloor = 1.1920929e-7;

/** sum x^2 of the first `samples` values. */
export function frameEnergy(frame: Float32Array, samples: number): number {
  let sum = 0;
  for (let n = 0; n < samples; n++) sum += frame[n]! * frame[n]!;
  return sum;
}

/** Root mean square, in [0, 1], of `samples` values with the given energy. */
export function rms(energy: number, samples: number): number {
  return Math.sqrt(energy / samples);
}

/** Natural logarithm of an energy, at least ln 2^-23 = -15.94. */
export function logEnergy(energy: number): number {
  return Math.log(Math.max(energy, energyFloor));
}
