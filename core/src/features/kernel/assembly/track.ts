// @ts-nocheck: AssemblyScript
// Peaks of the correlation become hypotheses, weighed against those of the frame before; see core/src/features/pitch.ts.
import { logLagTable, MAX_CANDIDATES, MAX_LAGS, pitchConstants, trackState } from './layout';
import { correlation } from './correlate';

const SIZE: i32 = MAX_CANDIDATES * 4;
const peaks: usize = memory.data(32, 16);
const lagsOf: usize = memory.data(32, 16);
const logLags: usize = memory.data(32, 16);
const scores: usize = memory.data(32, 16);

/** Keeps the peak at point k if it is among the best; returns the count of those kept. */
function keep(k: i32, count: i32): i32 {
  const at = correlation + (k as usize) * 4;
  const middle = load<f32>(at);
  const left = load<f32>(at - 4);
  const right = load<f32>(at, 4);
  const slope: f32 = 0.5 * (right - left);
  const offset: f32 = -slope / (left - 2 * middle + right);
  const peak = min<f32>(middle + 0.5 * slope * offset, 1);
  const entry = logLagTable + (k as usize) * 4;
  const logLag: f32 = load<f32>(entry) + offset * load<f32>(entry + MAX_LAGS * 8);
  const score: f32 = peak - load<f32>(pitchConstants, 28) * (logLag - load<f32>(pitchConstants, 52));
  let slot = count * 4;
  if (count == MAX_CANDIDATES) {
    slot = 0;
    for (let i: i32 = 4; i < SIZE; i += 4) if (load<f32>(scores + i) < load<f32>(scores + slot)) slot = i;
    if (score <= load<f32>(scores + slot)) return count;
  } else {
    count++;
  }
  store<f32>(peaks + slot, peak);
  store<f32>(lagsOf + slot, (load<i32>(pitchConstants, 48) as f32) - 0.5 * ((k as f32) + offset));
  store<f32>(logLags + slot, logLag);
  store<f32>(scores + slot, score);
  return count;
}

function findCandidates(): i32 {
  const from = load<i32>(pitchConstants, 60);
  const to = load<i32>(pitchConstants, 64);
  const minPeak = v128.load32_splat(pitchConstants, 20);
  let count: i32 = 0;
  for (let k: i32 = from & ~3; k <= to; k += 4) {
    const at = correlation + (k as usize) * 4;
    const middle = v128.load(at);
    const rising = v128.and(f32x4.ge(middle, v128.load(at - 4)), f32x4.gt(middle, minPeak));
    let mask = i32x4.bitmask(v128.and(rising, f32x4.gt(middle, v128.load(at, 4))));
    while (mask != 0) {
      const point = k + ctz(mask);
      mask &= mask - 1;
      if (point >= from && point <= to) count = keep(point, count);
    }
  }
  return count;
}

/** Writes F0 in Hz, 0 where unvoiced, and the strength to `out`. */
export function track(out: usize): void {
  const count = findCandidates();
  const change = load<f32>(pitchConstants, 36);
  const jumpCost = load<f32>(pitchConstants, 32);
  const lastUnvoiced = load<f32>(trackState);
  const lastCount = load<i32>(trackState, 4);
  const lastLogs = trackState + 16;
  const lastScores = trackState + 48;
  let unvoiced = lastUnvoiced;
  for (let i: i32 = 0; i < lastCount * 4; i += 4) {
    unvoiced = max(unvoiced, load<f32>(lastScores + i) - change);
  }
  unvoiced += load<f32>(pitchConstants, 24);
  let best = unvoiced;
  let chosen: i32 = -1;
  let highest: f32 = 0;
  for (let c: i32 = 0; c < count * 4; c += 4) {
    const logLag = load<f32>(logLags + c);
    let inherited = lastUnvoiced - change;
    for (let i: i32 = 0; i < lastCount * 4; i += 4) {
      const jump = jumpCost * abs(logLag - load<f32>(lastLogs + i));
      inherited = max(inherited, load<f32>(lastScores + i) - jump);
    }
    const score = load<f32>(scores + c) + inherited;
    store<f32>(scores + c, score);
    highest = max(highest, load<f32>(peaks + c));
    if (score > best) {
      best = score;
      chosen = c;
    }
  }
  const memoryShare = load<f32>(pitchConstants, 40);
  store<f32>(trackState, memoryShare * (unvoiced - best));
  store<i32>(trackState, count, 4);
  for (let c: i32 = 0; c < count * 4; c += 4) {
    store<f32>(lastLogs + c, load<f32>(logLags + c));
    store<f32>(lastScores + c, memoryShare * (load<f32>(scores + c) - best));
  }
  if (chosen < 0) {
    store<f32>(out, 0);
    store<f32>(out, highest, 4);
  } else {
    store<f32>(out, load<f32>(pitchConstants, 44) / load<f32>(lagsOf + chosen));
    store<f32>(out, load<f32>(peaks + chosen), 4);
  }
}
