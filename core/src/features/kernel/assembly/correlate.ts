// @ts-nocheck: AssemblyScript
// Normalised cross-correlation of the last blocks with the delayed signal. Index j belongs to lag `lastLag - j`, so that
// vectors over j read the signal forwards. Each block's products and energies are computed once; energies come from
// sums of 2, 4, 8 neighbours, which unlike a running sum never subtract.
import { BLOCK, HISTORY, pitchConstants, pitchState } from './layout';
import { block, signal } from './decimate';

/** Of the current block: products `[lags]`, energies `[lags]`, own energy `[4]`. */
const current: usize = memory.data(1040, 16);
const squares: usize = memory.data(704, 16);
const pairs: usize = memory.data(704, 16);
const fours: usize = memory.data(704, 16);
const eights: usize = memory.data(704, 16);
const coarsePadding: usize = memory.data(16, 16);
const coarse: usize = memory.data(560, 16);
/** Correlation at half-sample steps of the lag, longest lag first `[2 lags]`. */
export const correlation: usize = memory.data(1056, 16);

/** Products of 32 lags with the block; `from` is the signal delayed by the longest of them. */
function products(from: usize, to: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  for (let n: usize = 0; n < (BLOCK as usize) * 4; n += 4) {
    const x = v128.load32_splat(block + n);
    const at = from + n;
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(at)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(at, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(at, 32)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(at, 48)));
    s4 = f32x4.add(s4, f32x4.mul(x, v128.load(at, 64)));
    s5 = f32x4.add(s5, f32x4.mul(x, v128.load(at, 80)));
    s6 = f32x4.add(s6, f32x4.mul(x, v128.load(at, 96)));
    s7 = f32x4.add(s7, f32x4.mul(x, v128.load(at, 112)));
  }
  v128.store(to, s0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
  v128.store(to, s4, 64);
  v128.store(to, s5, 80);
  v128.store(to, s6, 96);
  v128.store(to, s7, 112);
}

// @ts-ignore: decorator
@inline
function neighbours(from: usize, to: usize, bytes: i32, distance: i32): void {
  for (let k: i32 = 0; k < bytes; k += 16) {
    v128.store(to + k, f32x4.add(v128.load(from + k), v128.load(from + k + distance)));
  }
}

/** Energy of the delayed signal over the block, per lag. */
function energies(from: usize, lags: i32, to: usize): void {
  const bytes = (lags + BLOCK) * 4;
  for (let k: i32 = 0; k < bytes; k += 16) {
    const x = v128.load(from + k);
    v128.store(squares + k, f32x4.mul(x, x));
  }
  neighbours(squares, pairs, bytes - 4, 4);
  neighbours(pairs, fours, bytes - 16, 8);
  neighbours(fours, eights, bytes - 32, 16);
  for (let k: i32 = 0; k < lags * 4; k += 16) {
    const at = eights + k;
    const a = f32x4.add(v128.load(at), v128.load(at, 32));
    const b = f32x4.add(v128.load(at, 64), v128.load(at, 96));
    v128.store(to + k, f32x4.add(f32x4.add(a, b), v128.load(at, 128)));
  }
}

function ownEnergy(): f32 {
  let sum = f32x4.splat(0);
  for (let k: usize = 0; k < (BLOCK as usize) * 4; k += 16) {
    const x = v128.load(block + k);
    sum = f32x4.add(sum, f32x4.mul(x, x));
  }
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}

/** Adds the current block to the last two, of which it replaces the older one. */
export function correlate(hop: i32): void {
  const lags = load<i32>(pitchConstants, 56);
  const lastLag = load<i32>(pitchConstants, 48);
  const lagBytes = (lags as usize) * 4;
  const blockBytes: usize = lagBytes + lagBytes + 16;
  const from = signal + ((HISTORY - lastLag) as usize) * 4;
  const oldest = pitchState - blockBytes - ((hop & 1) as usize ^ 1) * blockBytes;
  const middle = pitchState - blockBytes - ((hop & 1) as usize) * blockBytes;
  for (let j: usize = 0; j < lagBytes; j += 128) products(from + j, current + j);
  energies(from, lags, current + lagBytes);
  const own = ownEnergy();
  store<f32>(current + 2 * lagBytes, own);

  const w0 = v128.load32_splat(pitchConstants, 4);
  const w1 = v128.load32_splat(pitchConstants, 8);
  const w2 = v128.load32_splat(pitchConstants, 12);
  const ballast = v128.load32_splat(pitchConstants, 16);
  const energy = f32x4.splat(
    load<f32>(pitchConstants, 16) +
      load<f32>(pitchConstants, 4) * load<f32>(oldest + 2 * lagBytes) +
      load<f32>(pitchConstants, 8) * load<f32>(middle + 2 * lagBytes) +
      load<f32>(pitchConstants, 12) * own,
  );
  for (let j: usize = 0; j < lagBytes; j += 16) {
    const product = f32x4.add(
      f32x4.add(f32x4.mul(w0, v128.load(oldest + j)), f32x4.mul(w1, v128.load(middle + j))),
      f32x4.mul(w2, v128.load(current + j)),
    );
    const delayed = f32x4.add(
      f32x4.add(
        f32x4.mul(w0, v128.load(oldest + lagBytes + j)),
        f32x4.mul(w1, v128.load(middle + lagBytes + j)),
      ),
      f32x4.add(f32x4.mul(w2, v128.load(current + lagBytes + j)), ballast),
    );
    v128.store(coarse + j, f32x4.div(product, f32x4.sqrt(f32x4.mul(energy, delayed))));
  }
  for (let j: usize = 0; j < blockBytes; j += 16) v128.store(oldest + j, v128.load(current + j));

  const c0 = v128.load32_splat(pitchConstants, 68);
  const c1 = v128.load32_splat(pitchConstants, 72);
  const c2 = v128.load32_splat(pitchConstants, 76);
  const c3 = v128.load32_splat(pitchConstants, 80);
  for (let j: usize = 0; j < lagBytes; j += 16) {
    const at = coarse + j;
    const here = v128.load(at);
    const inner = f32x4.add(
      f32x4.mul(c3, f32x4.add(here, v128.load(at, 4))),
      f32x4.mul(c2, f32x4.add(v128.load(at - 4), v128.load(at, 8))),
    );
    const outer = f32x4.add(
      f32x4.mul(c1, f32x4.add(v128.load(at - 8), v128.load(at, 12))),
      f32x4.mul(c0, f32x4.add(v128.load(at - 12), v128.load(at, 16))),
    );
    const between = f32x4.add(inner, outer);
    v128.store(correlation + 2 * j, v128.shuffle<f32>(here, between, 0, 4, 1, 5));
    v128.store(correlation + 2 * j, v128.shuffle<f32>(here, between, 2, 6, 3, 7), 16);
  }
}
