import { describe, expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import { areaUnderCurve } from './area-under-curve.ts';
import { uarInterval } from './bootstrap.ts';
import { crossFittedCalibrationError, expectedCalibrationError, fitTemperature } from './calibration.ts';
import { type Judged, scoresOf } from './metrics.ts';

/** A clip of class `label` recognised as `guess`. */
function judged(label: number, guess: number, speaker = 's'): Judged {
  return { speaker, label, logits: [0, 1, 2].map((c) => Number(c === guess)) };
}

/** scikit-learn's user guide: y_true = 0 1 2 2 0, y_pred = 0 0 2 1 0. */
const guide = [judged(0, 0), judged(1, 0), judged(2, 2), judged(2, 1), judged(0, 0)];

describe('scoresOf', () => {
  it('gives the numbers of classification_report in the guide of scikit-learn', () => {
    const { accuracy, uar, perClass, confusion } = scoresOf(guide, 3);
    expect(accuracy).toBeCloseTo(0.6, 10);
    expect(uar).toBeCloseTo(0.5, 10);
    expect(
      perClass.map(({ precision, recall, f1 }) => [precision, recall, f1].map((x) => Number(x.toFixed(2)))),
    ).toEqual([
      [0.67, 1, 0.8],
      [0, 0, 0],
      [1, 0.5, 0.67],
    ]);
    expect(confusion).toEqual([
      [2, 0, 0],
      [1, 0, 0],
      [0, 1, 1],
    ]);
  });

  it('averages recall over the classes that occur', () => {
    expect(scoresOf([judged(0, 0), judged(0, 0), judged(2, 1)], 3).uar).toBe(0.5);
  });
});

describe('uarInterval', () => {
  it('covers the truth about as often as it says', () => {
    // Speakers differ: each has a rate of their own, uniform in [0.3, 0.9]; the mean is 0.6.
    let covered = 0;
    for (let trial = 0; trial < 100; trial++) {
      const random = new Random('trial', trial);
      const clips = Array.from({ length: 30 }, (_, speaker) => {
        const rate = random.between(0.3, 0.9);
        return Array.from({ length: 20 }, (_, i) =>
          judged(i % 2, random.chance(rate) ? i % 2 : 2, `s${speaker}`),
        );
      }).flat();
      const { low, high } = uarInterval(clips, 3, trial, 300);
      if (low <= 0.6 && high >= 0.6) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(85);
  });

  it('is wider for speakers that differ than for as many clips that do not', () => {
    const bySpeaker = Array.from({ length: 200 }, (_, i) => judged(0, i % 20 < 10 ? 0 : 1, `s${i % 20}`));
    const byClip = Array.from({ length: 200 }, (_, i) => judged(0, i % 2, `s${Math.floor(i / 10)}`));
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    expect(width(uarInterval(bySpeaker, 3, 1))).toBeGreaterThan(0.3);
    expect(width(uarInterval(byClip, 3, 1))).toBe(0);
  });
});

/** Clips whose labels are drawn from the softmax of `logits / temperature`. */
function drawnAt(temperature: number, count: number, seed = 1): Judged[] {
  const random = new Random(seed, 'drawn');
  return Array.from({ length: count }, (_, i) => {
    const logits = [0, 1, 2].map(() => 3 * random.normal());
    const weights = logits.map((x) => Math.exp(x / temperature));
    let rest = random.uniform() * weights.reduce((a, b) => a + b);
    const label = weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
    return { speaker: `s${i % 10}`, label: Math.max(0, label), logits };
  });
}

describe('calibration', () => {
  it('finds the temperature that the labels were drawn at', () => {
    for (const temperature of [0.5, 1, 2.5]) {
      expect(Math.abs(fitTemperature(drawnAt(temperature, 8000)) / temperature - 1)).toBeLessThan(0.08);
    }
  });

  it('is near 0 when confidence is right, also with a temperature from other speakers', () => {
    expect(crossFittedCalibrationError(drawnAt(2, 8000), 1)).toBeLessThan(0.025);
  });

  it('is the mean gap between confidence and accuracy, by bins', () => {
    const clips = [
      { confidence: 0.95, correct: true },
      { confidence: 0.95, correct: false },
      { confidence: 0.55, correct: true },
      { confidence: 0.55, correct: true },
    ];
    // (2 * 0.45 + 2 * 0.45) / 4
    expect(expectedCalibrationError(clips, 10)).toBeCloseTo(0.45, 10);
    expect(expectedCalibrationError([{ confidence: 1, correct: true }])).toBe(0);
  });
});

describe('areaUnderCurve', () => {
  it('gives the value of roc_auc_score in the guide of scikit-learn', () => {
    expect(areaUnderCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
  });

  it('counts ties half', () => {
    expect(areaUnderCurve([1, 1, 1, 1], [0, 1, 0, 1])).toBe(0.5);
    expect(areaUnderCurve([0, 1, 1, 2], [0, 0, 1, 1])).toBe(0.875);
  });
});
