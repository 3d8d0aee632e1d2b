import { describe, expect, it } from 'vitest';
import { syntheticVoice } from '../../../test/support/synthetic-corpus.ts';
import { speechTargets } from './speech-targets.ts';

/** First and one past the last frame of speech. */
function span(targets: Uint8Array): [number, number] {
  return [targets.indexOf(1), targets.lastIndexOf(1) + 1];
}

describe('speechTargets', () => {
  it('finds the voice between two pauses, with 100 ms of hangover', () => {
    const targets = speechTargets(syntheticVoice(150, 1, 1, 0.5));
    const [start, end] = span(targets);
    // Speech covers frames 48 to 149, before lead and hangover.
    expect(start).toBeGreaterThanOrEqual(43);
    expect(start).toBeLessThanOrEqual(50);
    expect(end).toBeGreaterThanOrEqual(156);
    expect(end).toBeLessThanOrEqual(163);
    expect(targets.subarray(start, end).every((x) => x === 1)).toBe(true);
  });

  it('does not depend on the level', () => {
    const voice = syntheticVoice(150, 1);
    expect(span(speechTargets(voice.map((x) => x * 0.05)))).toEqual(span(speechTargets(voice)));
  });

  it('finds no speech in silence, in steady noise and in a click', () => {
    const noise = syntheticVoice(150, 0, 1, 1);
    expect(speechTargets(noise).includes(1)).toBe(false);
    expect(speechTargets(new Float32Array(16000)).includes(1)).toBe(false);
    const click = syntheticVoice(150, 0.005, 1, 0.5);
    expect(speechTargets(click).includes(1)).toBe(false);
  });

  it('has one target for each frame of the front end', () => {
    expect(speechTargets(new Float32Array(16000))).toHaveLength(98);
    expect(speechTargets(new Float32Array(399))).toHaveLength(0);
    expect(speechTargets(new Float32Array(400))).toHaveLength(1);
  });
});
