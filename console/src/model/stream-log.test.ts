import type { Emotion, ServerMessage } from '@undertone/client-sdk';
import { expect, test } from 'vitest';
import { keptSegments, StreamLog } from './stream-log.ts';

function emotion(change: Partial<Emotion> = {}): Emotion {
  return {
    type: 'Emotion',
    session_id: 's',
    seq: 1,
    id: 's:0:0:0',
    channel: 0,
    ordinal: 0,
    role: 'customer',
    segment: 0,
    revision: 0,
    start: 1,
    end: 2,
    is_final: false,
    label: 'angry',
    confidence: 0.6,
    sentiment: { label: 'negative', scores: { negative: 0.6, neutral: 0.3, positive: 0.1 } },
    scores: { angry: 0.6, happy: 0.4 },
    dimensions: { arousal: 0.4, valence: -0.3 },
    speech_ratio: 1,
    ...change,
  };
}

test('an interim result is replaced by the next of its segment, and by its final', () => {
  const log = new StreamLog();
  log.apply(emotion(), 40);
  log.apply(emotion({ channel: 1, label: 'happy' }), 40);
  log.apply(emotion({ end: 3, is_final: true, label: 'sad' }), 700);
  expect(log.segments.map(({ channel, label, isFinal }) => [channel, label, isFinal])).toEqual([
    [0, 'sad', true],
    [1, 'happy', false],
  ]);
  expect(log.segments[0]!.endSeconds).toBe(3);
  expect(log.latest(0)!.label).toBe('sad');
  expect(log.latest(2)).toBeNull();
});

test('the trail of the plane has the results that have a label, by channel', () => {
  const log = new StreamLog();
  log.apply(emotion(), null);
  log.apply(emotion({ label: null, abstain: 'low_confidence', end: 2.5 }), null);
  log.apply(emotion({ channel: 1, end: 4, dimensions: { arousal: 0, valence: 1 } }), null);
  expect(log.trail(0)).toEqual([{ seconds: 2, arousal: 0.4, valence: -0.3 }]);
  expect(log.trail(1)).toEqual([{ seconds: 4, arousal: 0, valence: 1 }]);
});

test('speaking lasts from SpeechStarted to SpeechEnded, and no longer than the stream', () => {
  const log = new StreamLog();
  const event = { session_id: 's', seq: 0, channel: 0, ordinal: 0, time: 1 } as const;
  log.apply({ type: 'SpeechStarted', ...event }, null);
  expect(log.isSpeaking(0)).toBe(true);
  log.apply({ type: 'SpeechEnded', ...event }, null);
  expect(log.isSpeaking(0)).toBe(false);
  log.apply({ type: 'SpeechStarted', ...event }, null);
  log.apply({ type: 'Summary', per_channel: [] } as unknown as ServerMessage, null);
  expect(log.isSpeaking(0)).toBe(false);
});

test('gaps, warnings and errors are kept as they came', () => {
  const log = new StreamLog();
  const envelope = { session_id: 's', seq: 0 };
  log.apply({ type: 'Gap', ...envelope, start: 3, duration: 0.5, reason: 'client' }, null);
  log.apply({ type: 'Warning', ...envelope, code: 'low_quality', message: 'It clips.' }, null);
  log.apply({ type: 'Error', ...envelope, code: 'bad_audio', message: 'Half a sample.', fatal: false }, null);
  expect(log.gaps).toEqual([{ startSeconds: 3, seconds: 0.5, reason: 'client' }]);
  expect(log.notices.map(({ code }) => code)).toEqual(['low_quality', 'bad_audio']);
});

test('a stream that goes on for days keeps its newest segments only', () => {
  const log = new StreamLog();
  for (let segment = 0; segment < keptSegments + 10; segment += 1) log.apply(emotion({ segment }), null);
  expect(log.segments).toHaveLength(keptSegments);
  expect(log.segments.at(-1)!.segment).toBe(keptSegments + 9);
});
