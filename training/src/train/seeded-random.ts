/**
 * Random numbers that follow from a list of integers (seed, epoch, step, ...), so that any part of a run can be
 * repeated without replaying what came before. Generator: sfc32 (Chris Doty-Humphrey, PractRand), which passes
 * PractRand and BigCrush; the key is spread over its state by the finaliser of MurmurHash3.
 */

/** @returns uniform numbers in [0, 1), a new one at each call */
export function seededRandom(...key: readonly number[]): () => number {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  const next = (): number => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  };
  for (const part of key) {
    a ^= mixed(part % 2 ** 32);
    b ^= mixed(Math.floor(part / 2 ** 32) + 0x51ed270b);
    for (let i = 0; i < 12; i++) next();
  }
  return () => next() / 2 ** 32;
}

/** @returns normally distributed numbers of mean 0 and deviation 1 (Box and Muller 1958) */
export function seededNormal(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function mixed(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
