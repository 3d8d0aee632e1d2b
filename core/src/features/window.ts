/** Analysis windows. `hann` is symmetric (zero at both ends), `povey` is `hann` to the power 0.85 (Kaldi). */
import { UndertoneError } from '../errors.ts';

export type WindowKind = 'hann' | 'hann-periodic' | 'povey';

/**
 * Window of `samples` values in [0, 1]:
 * `hann` 0.5 - 0.5 cos(2 pi n / (N - 1)), `hann-periodic` 0.5 - 0.5 cos(2 pi n / N), `povey` hann^0.85.
 * Throws `bad_parameter` unless `samples` is an integer of at least 2.
 */
export function makeWindow(kind: WindowKind, samples: number): Float64Array {
  if (!Number.isInteger(samples) || samples < 2) {
    throw new UndertoneError(
      'bad_parameter',
      `window needs an integer of at least 2 samples, got ${samples}`,
    );
  }
  const period = kind === 'hann-periodic' ? samples : samples - 1;
  const window = new Float64Array(samples);
  for (let n = 0; n < samples; n++) {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / period);
    window[n] = kind === 'povey' ? hann ** 0.85 : hann;
  }
  return window;
}
