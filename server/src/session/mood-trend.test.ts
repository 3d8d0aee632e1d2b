import type { EmotionEvent } from '@undertone/core';
import { expect, test } from 'vitest';
import { MoodTrend } from './mood-trend.ts';

const rate = 16_000;

function result(atSeconds: number, valence: number, more: Partial<EmotionEvent> = {}): EmotionEvent {
  return {
    type: 'Emotion',
    channel: 0,
    ordinal: 0,
    segment: 0,
    revision: 0,
    startSample: 0,
    endSample: atSeconds * rate,
    isFinal: false,
    fromFinalize: false,
    speechRatio: 1,
    label: 'happy',
    confidence: 1,
    scores: { happy: 1 },
    sentiment: { label: 'positive', scores: { negative: 0, neutral: 0, positive: 1 } },
    dimensions: { valence, arousal: -valence },
    ...more,
  };
}

test('a mood that rises by a tenth each second has that slope, and its mean', () => {
  const trend = new MoodTrend();
  expect(trend.mood).toBeNull();
  for (let second = 1; second <= 8; second++) trend.add(result(second, second / 10));
  expect(trend.mood!.valence.mean).toBeCloseTo(0.45, 9);
  expect(trend.mood!.valence.slope).toBeCloseTo(0.1, 9);
  expect(trend.mood!.arousal.mean).toBeCloseTo(-0.45, 9);
  expect(trend.mood!.arousal.slope).toBeCloseTo(-0.1, 9);
});

test('each result counts by the speech that it was the first to hear', () => {
  const trend = new MoodTrend();
  trend.add(result(1, 1));
  // Of the four seconds one was heard before.
  trend.add(result(4, 0));
  expect(trend.mood!.valence.mean).toBeCloseTo(0.25, 9);
  // The final of the same audio, and what is no speech, say nothing new.
  trend.add(result(4, 1, { isFinal: true }));
  trend.add(result(9, 1, { segment: 1, startSample: 5 * rate, abstain: 'no_speech', label: null }));
  expect(trend.mood!.valence.mean).toBeCloseTo(0.25, 9);
  // Another segment begins anew.
  trend.add(result(12, 0.75, { segment: 2, startSample: 8 * rate }));
  expect(trend.mood!.valence.mean).toBeCloseTo((1 + 4 * 0.75) / 8, 9);
});

test('what is older than thirty seconds before the newest result is forgotten', () => {
  const trend = new MoodTrend();
  trend.add(result(1, -1));
  trend.add(result(40, 0.5, { segment: 1, startSample: 39 * rate }));
  expect(trend.mood!.valence).toEqual({ mean: 0.5, slope: 0 });
  // Its place in the ring is taken by a later second.
  trend.add(result(61, 0, { segment: 2, startSample: 60 * rate }));
  expect(trend.mood!.valence.mean).toBeCloseTo(0.25, 9);
});
