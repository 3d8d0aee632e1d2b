import { describe, expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import { areaUnderCurve } from './area-under-curve.ts';
import { uarInterval } from './bootstrap.ts';
import {
  brierScore,
  crossFittedCalibrationError,
  crossFittedConfidences,
  expectedCalibrationError,
  fitTemperature,
  reliabilityBins,
} from './calibration.ts';
import { type Judged, scoresOf } from './metrics.ts';
import { abstentionOf, riskCoverage } from './risk-coverage.ts';
import { rocCurves } from './roc-curve.ts';

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

  it('gives the averages of that report', () => {
    const { macro, weighted } = scoresOf(guide, 3);
    const rounded = (scores: object): number[] => Object.values(scores).map((x) => Number(x.toFixed(3)));
    // By hand from the report's rows: precision 2/3, 0, 1; recall 1, 0, 1/2; F1 4/5, 0, 2/3; support 2, 1, 2.
    expect(rounded(macro)).toEqual([0.556, 0.5, 0.489]);
    expect(rounded(weighted)).toEqual([0.667, 0.6, 0.587]);
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

  it('judges clips by a temperature fitted to all that the other speakers were heard in', () => {
    const clean = drawnAt(1, 2000);
    // Half as sure as they say: clips and these together ask for a temperature between 1 and 4.
    const noisy = drawnAt(4, 2000, 2);
    const mean = (judged: readonly { confidence: number }[]): number =>
      judged.reduce((sum, { confidence }) => sum + confidence, 0) / judged.length;
    const alone = crossFittedConfidences(clean, clean, 1);
    const mixed = crossFittedConfidences(clean, [...clean, ...noisy], 1);
    expect(mixed).toHaveLength(clean.length);
    expect(mean(mixed)).toBeLessThan(mean(alone) - 0.05);
    // Of the other speakers only: what a speaker is heard in besides changes no judgement of that speaker.
    const isOne = ({ speaker }: Judged): boolean => speaker === clean[0]!.speaker;
    const before = crossFittedConfidences(clean.filter(isOne), clean, 1);
    const fitted = crossFittedConfidences(clean.filter(isOne), [...clean, ...noisy.filter(isOne)], 1);
    expect(fitted).toEqual(before);
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

describe('reliabilityBins', () => {
  it('puts every clip into the bin of its confidence, full confidence into the last', () => {
    const bins = reliabilityBins(
      [
        { confidence: 1, correct: true },
        { confidence: 0.8, correct: false },
        { confidence: 0.1, correct: false },
      ],
      5,
    );
    expect(bins.map(({ clips }) => clips)).toEqual([1, 0, 0, 0, 2]);
    expect(bins[4]).toMatchObject({ low: 0.8, high: 1, confidence: 0.9, accuracy: 0.5 });
  });
});

describe('brierScore', () => {
  it('is 0 for certainty that is right, 2 for certainty that is wrong, and of no knowledge what it must be', () => {
    const certain = (label: number, guess: number): Judged => ({
      speaker: 's',
      label,
      logits: [0, 1, 2].map((c) => (c === guess ? 100 : 0)),
    });
    expect(brierScore([certain(1, 1)], 1)).toBeCloseTo(0, 10);
    expect(brierScore([certain(1, 2)], 1)).toBeCloseTo(2, 10);
    // (1 - 1/3)^2 + 2 (1/3)^2
    expect(brierScore([{ speaker: 's', label: 0, logits: [0, 0, 0] }], 1)).toBeCloseTo(2 / 3, 10);
  });
});

describe('rocCurves', () => {
  it('gives the points of roc_curve in the guide of scikit-learn', () => {
    // y = 1 1 2 2, scores = 0.1 0.4 0.35 0.8, positive 2: fpr 0 0 .5 .5 1, tpr 0 .5 .5 1 1
    const clips = [
      [0.1, 0],
      [0.4, 0],
      [0.35, 1],
      [0.8, 1],
    ].map(([score, label]) => ({
      speaker: 's',
      label: label!,
      logits: [0, Math.log(score! / (1 - score!))],
    }));
    const second = rocCurves(clips, ['one', 'two'], 1)[1]!;
    expect(second.auc).toBe(0.75);
    expect(second.points).toEqual([
      [0, 0],
      [0, 0.5],
      [0.5, 0.5],
      [0.5, 1],
      [1, 1],
    ]);
  });

  it('keeps its ends when it is thinned', () => {
    const clips = drawnAt(1, 1000);
    for (const { points } of rocCurves(clips, ['a', 'b', 'c'], 1)) {
      expect(points.length).toBeLessThanOrEqual(101);
      expect([points[0], points.at(-1)]).toEqual([
        [0, 0],
        [1, 1],
      ]);
    }
  });
});

describe('riskCoverage', () => {
  it('answers the most confident first', () => {
    const { points, area } = riskCoverage([
      { confidence: 0.4, correct: false },
      { confidence: 0.9, correct: true },
      { confidence: 0.6, correct: true },
      { confidence: 0.5, correct: false },
    ]);
    // Risks: 0, 0, 1/3, 2/4.
    expect(area).toBeCloseTo((1 / 3 + 1 / 2) / 4, 10);
    const shown = new Map(points.map(({ coverage, risk }) => [coverage, risk]));
    expect([0.25, 0.5, 0.75, 1].map((coverage) => shown.get(coverage))).toEqual([0, 0, 1 / 3, 0.5]);
  });
});

describe('abstentionOf', () => {
  it('compares the errors of those answered with the errors of those not', () => {
    const clips = [
      { answered: true, correct: true },
      { answered: true, correct: false },
      { answered: true, correct: true },
      { answered: false, correct: false },
    ];
    expect(abstentionOf(clips)).toEqual({ share: 0.25, riskAbstained: 1, riskAnswered: 1 / 3 });
    expect(abstentionOf(clips.slice(0, 3)).riskAbstained).toBeNaN();
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
