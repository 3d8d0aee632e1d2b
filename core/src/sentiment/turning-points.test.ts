import { describe, expect, it } from 'vitest';
import { StateReader } from '../stream/state-reader.ts';
import { StateWriter } from '../stream/state-writer.ts';
import { type TurningPoint, TurningPoints } from './turning-points.ts';

const rate = 16_000;

/** Segments of 2 s of speech, one every 3 s, of these [valence, arousal]; the state moves to another object each time. */
function turnsOf(segments: readonly (readonly [number, number])[], moves = false): readonly TurningPoint[] {
  let turns = new TurningPoints();
  for (const [i, [valence, arousal]] of segments.entries()) {
    turns.hear(3 * i * rate, 2 * rate, { valence, arousal });
    if (!moves) continue;
    const writer = new StateWriter();
    turns.writeState(writer);
    turns = new TurningPoints();
    turns.readState(new StateReader(writer.finish()));
  }
  return turns.found;
}

const some = (count: number, valence: number, arousal: number): [number, number][] =>
  Array.from({ length: count }, () => [valence, arousal]);

describe('a turning point', () => {
  it('is where the first segment begins that is unlike those before, with the means on both sides', () => {
    const found = turnsOf([...some(8, 0, 0), ...some(6, -0.5, 0.5)]);
    expect(found).toHaveLength(1);
    expect(found[0]!.atSample).toBe(24 * rate);
    expect(found[0]!.before).toEqual({ valence: 0, arousal: 0 });
    expect(found[0]!.after.valence).toBeCloseTo(-0.5, 12);
    expect(found[0]!.after.arousal).toBeCloseTo(0.5, 12);
  });

  it.each([
    ['valence that falls', -0.5, 0],
    ['valence that rises', 0.5, 0],
    ['arousal that falls', 0, -0.5],
    ['arousal that rises', 0, 0.5],
  ])('is found in %s alone', (_name, valence, arousal) => {
    expect(turnsOf([...some(4, 0, 0), ...some(4, valence, arousal)]).map(({ atSample }) => atSample)).toEqual(
      [12 * rate],
    );
  });

  it('needs as much change times speech as the threshold, beyond the slack', () => {
    // (0.5 - 0.2) * 2 s = 0.6 after one segment, 1.2 after two.
    expect(turnsOf([...some(4, 0, 0), [-0.5, 0]])).toEqual([]);
    expect(turnsOf([...some(4, 0, 0), [-0.5, 0], [-0.5, 0]])).toHaveLength(1);
    // A single outburst does not turn a mood, nor does what stays within the slack.
    expect(turnsOf([...some(4, 0, 0), [-0.5, 0], ...some(9, 0, 0)])).toEqual([]);
    expect(turnsOf([...some(4, 0, 0), ...some(90, -0.19, 0.19)])).toEqual([]);
  });

  it('comes back with the mood, and the reference does not follow an excursion', () => {
    const found = turnsOf([...some(5, 0, 0), ...some(5, -0.6, 0.4), ...some(5, 0.1, 0)]);
    expect(found.map(({ atSample }) => atSample)).toEqual([15 * rate, 30 * rate]);
    expect(found[0]!.after).toEqual(found[1]!.before);
    expect(found[1]!.after.valence).toBeCloseTo(0.1, 12);
  });

  it('counts in the mean behind it what is still in an excursion, and in that before it what was', () => {
    const found = turnsOf([...some(4, 0, 0), [-0.4, 0], ...some(3, 0, 0), ...some(4, 0.8, 0), [0.3, 0]]);
    expect(found).toHaveLength(1);
    expect(found[0]!.before.valence).toBeCloseTo(-0.4 / 8, 12);
    expect(found[0]!.after.valence).toBeCloseTo((4 * 0.8 + 0.3) / 5, 12);
  });

  it('is one of at most eight: the smallest change is forgotten', () => {
    const moods = [0, -0.8, 0, -0.8, 0, -0.8, -0.3, -0.8, 0, -0.8, 0];
    const segments = moods.flatMap((valence) => some(4, valence, 0));
    const times = turnsOf(segments).map(({ atSample }) => atSample / (12 * rate));
    // Ten are there; the dip to -0.3 went with both its sides.
    expect(times).toEqual([1, 2, 3, 4, 5, 8, 9, 10]);
  });

  it('is the same when the stream moves after every segment', () => {
    let state = 7;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    };
    const segments = Array.from({ length: 400 }, (): [number, number] => [next(), next()]);
    const found = turnsOf(segments);
    expect(found).toHaveLength(8);
    expect(turnsOf(segments, true)).toEqual(found);
  });
});
