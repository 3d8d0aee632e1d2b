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
  for (let second = 1; second <= 8; second++) trend.hear(result(second, second / 10));
  expect(trend.mood!.valence.mean).toBeCloseTo(0.45, 9);
  expect(trend.mood!.valence.slope).toBeCloseTo(0.1, 9);
  expect(trend.mood!.arousal.mean).toBeCloseTo(-0.45, 9);
  expect(trend.mood!.arousal.slope).toBeCloseTo(-0.1, 9);
});

test('each result counts by the speech that it was the first to hear', () => {
  const trend = new MoodTrend();
  trend.hear(result(1, 1));
  // Of the four seconds one was heard before.
  trend.hear(result(4, 0));
  expect(trend.mood!.valence.mean).toBeCloseTo(0.25, 9);
  // The final of the same audio, and what is no speech, say nothing new.
  trend.hear(result(4, 1, { isFinal: true }));
  trend.hear(result(9, 1, { segment: 1, startSample: 5 * rate, abstain: 'no_speech', label: null }));
  expect(trend.mood!.valence.mean).toBeCloseTo(0.25, 9);
  // Another segment begins anew.
  trend.hear(result(12, 0.75, { segment: 2, startSample: 8 * rate }));
  expect(trend.mood!.valence.mean).toBeCloseTo((1 + 4 * 0.75) / 8, 9);
});

test('what is older than thirty seconds before the newest result is forgotten', () => {
  const trend = new MoodTrend();
  trend.hear(result(1, -1));
  trend.hear(result(40, 0.5, { segment: 1, startSample: 39 * rate }));
  expect(trend.mood!.valence).toEqual({ mean: 0.5, slope: 0 });
  // Its place in the ring is taken by a later second.
  trend.hear(result(61, 0, { segment: 2, startSample: 60 * rate }));
  expect(trend.mood!.valence.mean).toBeCloseTo(0.25, 9);
});

test('interim results of a long segment count as they come, whatever part of it they look back on', () => {
  const windowed = (atSeconds: number, valence: number): EmotionEvent =>
    result(atSeconds, valence, { startSample: Math.max(1, atSeconds - 5) * rate });
  for (const firstSecond of [2, 8]) {
    const trend = new MoodTrend();
    trend.hear({ type: 'SpeechStarted', channel: 0, ordinal: 0, atSample: rate });
    // The first result is late and looks back on a part: everything since the start was not heard before.
    for (let second = firstSecond; second <= 11; second++) trend.hear(windowed(second, second > 10 ? 1 : 0));
    expect(trend.mood!.valence.mean).toBeCloseTo(0.1, 9);
    // The final has nothing new to say.
    trend.hear(result(11, -1, { startSample: rate, isFinal: true }));
    expect(trend.mood!.valence.mean).toBeCloseTo(0.1, 9);
    // A second segment begins where its own speech does.
    trend.hear({ type: 'SpeechStarted', channel: 0, ordinal: 20, atSample: 12 * rate });
    trend.hear(result(22, 0.1, { segment: 1, startSample: 17 * rate }));
    expect(trend.mood!.valence.mean).toBeCloseTo(0.1, 9);
  }
});
