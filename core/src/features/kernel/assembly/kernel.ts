// @ts-nocheck: AssemblyScript
// The recogniser's features in SIMD WebAssembly. Compiled by `npm run build:kernel`; the plain JavaScript of the same
// definition is in core/src/features/log-mel.ts and pitch.ts.
import { correlate } from './correlate';
import { decimate } from './decimate';
import { powerSpectrum } from './fft';
import { HOP, input, output, WINDOW } from './layout';
import { logMelBands } from './mel';
import { track } from './track';

export {
  HISTORY,
  input,
  logLagTable,
  logMelConstants,
  lowPassTable,
  MAX_BANDS,
  MAX_FRAMES,
  MAX_LAGS,
  MAX_SAMPLES,
  melRuns,
  melWeights,
  output,
  pitchConstants,
  pitchState,
  splitTwiddles,
  TAIL,
  twiddles256,
  twiddles64,
  windowTable,
} from './layout';

/** Hops of a stream before its first frame is complete. */
const LEAD_HOPS: i32 = 2;

/**
 * Runs the hops that the first `samples` samples of `input` complete, writes a raw frame for each after the lead, and
 * moves the remaining samples to the start of `input`. Returns the number of hops. `hop` counts those before.
 */
export function run(samples: i32, hop: i32, bands: i32, withPitch: bool): i32 {
  const pitchAt = (bands as usize) * 4;
  const groups = (bands + 3) >> 2;
  let from = input;
  let to = output;
  let hops: i32 = 0;
  while (samples >= WINDOW) {
    const isFrame = hop >= LEAD_HOPS;
    if (isFrame) {
      powerSpectrum(from);
      logMelBands(groups, to);
    }
    if (withPitch) {
      decimate(from + (WINDOW - HOP) * 4, hop == 0);
      correlate(hop);
      track(to + pitchAt);
    } else {
      store<u64>(to + pitchAt, 0);
    }
    if (isFrame) to += pitchAt + 8;
    from += HOP * 4;
    samples -= HOP;
    hop++;
    hops++;
  }
  memory.copy(input, from, (samples as usize) * 4);
  return hops;
}
