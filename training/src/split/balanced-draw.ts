/** Draws speakers until their classes are spread as those of all speakers are. */
import type { Clip } from '../data/clip.ts';

const attempts = 200;
/** Sum of the differences of class shares, in [0, 2], that is taken without looking further. */
const goodEnough = 0.1;

/**
 * The first draw whose classes are spread well, otherwise the best of 200.
 * @param draw speakers of the nth attempt
 */
export function drawBalanced(clips: readonly Clip[], draw: (attempt: number) => string[]): string[] {
  const labels = [...new Set(clips.map((clip) => clip.label))];
  const bySpeaker = new Map<string, Float64Array>();
  const all = new Float64Array(labels.length);
  for (const { speaker, label } of clips) {
    const counts = bySpeaker.get(speaker) ?? new Float64Array(labels.length);
    counts[labels.indexOf(label)]! += 1;
    all[labels.indexOf(label)]! += 1;
    bySpeaker.set(speaker, counts);
  }
  let best: { speakers: string[]; distance: number } | null = null;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const speakers = draw(attempt);
    const held = new Float64Array(labels.length);
    for (const speaker of speakers) for (const [i, n] of bySpeaker.get(speaker)!.entries()) held[i]! += n;
    const distance = spread(held, all);
    if (!best || distance < best.distance) best = { speakers, distance };
    if (distance <= goodEnough) break;
  }
  return best!.speakers;
}

/** Sum of the differences of shares; a class that one side lacks counts as the worst. */
function spread(held: Float64Array, all: Float64Array): number {
  const total = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0);
  const [heldTotal, allTotal] = [total(held), total(all)];
  let distance = 0;
  for (const [i, count] of all.entries()) {
    distance += Math.abs(held[i]! / Math.max(1, heldTotal) - count / allTotal);
    if (held[i] === 0 || held[i] === count) distance += 2;
  }
  return distance;
}
