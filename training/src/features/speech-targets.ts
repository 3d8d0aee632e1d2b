/**
 * Which frames of a clean recording hold speech: an adaptive energy threshold between the recording's noise floor and
 * its peak, without short bursts, with hangover. The recogniser's speech head learns these from degraded copies.
 */
const windowSamples = 400;
const hopSamples = 160;
const hangoverFrames = 10;
const leadFrames = 3;
const shortestRunFrames = 4;

/**
 * @param speech clean 16 kHz samples
 * @returns 1 for speech, 0 otherwise; `[frames]`, frame i covering samples [160 i, 160 i + 400)
 */
export function speechTargets(speech: Float32Array): Uint8Array {
  const frames = Math.max(0, Math.floor((speech.length - windowSamples) / hopSamples) + 1);
  const levelDb = frameLevelsDb(speech, frames);
  const sorted = Float32Array.from(levelDb).sort();
  const floorDb = sorted[Math.floor(0.05 * (frames - 1))] ?? -100;
  const peakDb = sorted[Math.floor(0.98 * (frames - 1))] ?? -100;
  // At least 6 dB over the floor, a third of the way to the peak, and never more than 35 dB under the peak: a studio's
  // floor is so low that breath and room would otherwise count.
  const thresholdDb = Math.max(floorDb + 6, floorDb + 0.35 * (peakDb - floorDb), peakDb - 35);
  const active = Uint8Array.from(levelDb, (level) => (level > thresholdDb ? 1 : 0));
  // A recording of one level has no speech to tell from its floor.
  if (peakDb - floorDb < 8 || peakDb < -75) active.fill(0);
  dropShortRuns(active);
  return widen(active);
}

function frameLevelsDb(speech: Float32Array, frames: number): Float32Array {
  const levels = new Float32Array(frames);
  for (let i = 0; i < frames; i++) {
    let sum = 0;
    let power = 0;
    for (let n = i * hopSamples; n < i * hopSamples + windowSamples; n++) {
      sum += speech[n]!;
      power += speech[n]! * speech[n]!;
    }
    const mean = sum / windowSamples;
    levels[i] = 10 * Math.log10(power / windowSamples - mean * mean + 1e-10);
  }
  return levels;
}

function dropShortRuns(active: Uint8Array): void {
  for (let i = 0; i < active.length; ) {
    let end = i;
    while (end < active.length && active[end] === 1) end++;
    if (end - i < shortestRunFrames) active.fill(0, i, end);
    i = end + 1;
  }
}

function widen(active: Uint8Array): Uint8Array {
  const wide = new Uint8Array(active.length);
  for (let i = 0; i < active.length; i++) {
    if (active[i] === 1) wide.fill(1, Math.max(0, i - leadFrames), i + hangoverFrames + 1);
  }
  return wide;
}
