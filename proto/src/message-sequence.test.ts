import { expect, test } from 'vitest';
import { MessageSequence } from './message-sequence.ts';
import type { StreamConfig } from './messages.ts';
import { parseStreamQuery } from './stream-query.ts';

const config = (text: string): StreamConfig => ({
  ...parseStreamQuery(new URLSearchParams(text)),
  model: 'm@1',
});

const judgement = {
  label: 'happy',
  confidence: 0.75,
  scores: { happy: 0.75, sad: 0.25 },
  sentiment: { label: 'positive', scores: { negative: 0.25, neutral: 0, positive: 0.75 } },
  dimensions: { valence: 0.5, arousal: 0.25 },
} as const;

const emotion = {
  ...judgement,
  type: 'Emotion',
  channel: 1,
  ordinal: 9,
  segment: 3,
  revision: 2,
  startSample: 16_000,
  endSample: 24_008,
  isFinal: true,
  fromFinalize: false,
  speechRatio: 0.9,
} as const;

test('messages are numbered from 0 without a gap, and carry the session', () => {
  const messages = new MessageSequence('ut_1', config('channels=2&vad_events=false'));
  const begin = messages.begin(
    { name: 'm', version: '1', labels: ['happy', 'sad'] },
    { max_frame_bytes: 1, idle_timeout_ms: 2, max_session_s: 3 },
  );
  expect(begin).toMatchObject({ type: 'Begin', session_id: 'ut_1', seq: 0, config: { channels: 2 } });
  expect(messages.event({ type: 'SpeechStarted', channel: 0, ordinal: 0, atSample: 0 })).toBeNull();
  expect(messages.event(emotion)).toMatchObject({ seq: 1 });
  expect(messages.error('bad_audio', 'x', false)).toEqual({
    type: 'Error',
    session_id: 'ut_1',
    seq: 2,
    code: 'bad_audio',
    message: 'x',
    fatal: false,
  });
});

test('an emotion becomes seconds, a role and a deterministic id', () => {
  const messages = new MessageSequence('ut_1', config('channels=2'));
  expect(messages.event(emotion, 12.34)).toEqual({
    type: 'Emotion',
    session_id: 'ut_1',
    seq: 0,
    id: 'ut_1:1:3:2',
    channel: 1,
    ordinal: 9,
    role: 'agent',
    segment: 3,
    revision: 2,
    start: 1,
    end: 1.501,
    is_final: true,
    label: 'happy',
    confidence: 0.75,
    scores: { happy: 0.75, sad: 0.25 },
    sentiment: { label: 'positive', scores: { negative: 0.25, neutral: 0, positive: 0.75 } },
    dimensions: { arousal: 0.25, valence: 0.5 },
    speech_ratio: 0.9,
    latency_ms: 12.3,
  });
});

test('scores and dimensions are left out when they are not wanted', () => {
  const messages = new MessageSequence('ut_1', config('channels=2&labels=false&dimensions=false'));
  const message = messages.event(emotion);
  expect(message).not.toHaveProperty('scores');
  expect(message).not.toHaveProperty('dimensions');
  expect(message).toHaveProperty('label', 'happy');
});

test('abstention and Finalize are marked', () => {
  const messages = new MessageSequence('ut_1', config(''));
  const event = {
    ...emotion,
    channel: 0,
    label: null,
    abstain: 'low_confidence',
    fromFinalize: true,
  } as const;
  expect(messages.event(event)).toMatchObject({
    label: null,
    abstain: 'low_confidence',
    from_finalize: true,
  });
});

test('the summary has a speech time for every channel and details for the analysed ones', () => {
  const messages = new MessageSequence('ut_1', config('channels=2&channel_roles=agent,customer'));
  const summary = messages.summary({
    audioSamples: 32_000,
    droppedSeconds: 0.12345,
    reason: 'client_close',
    channels: [
      {
        ...judgement,
        channel: 1,
        audioSamples: 32_000,
        speechSamples: 8_000,
        segments: 1,
        share: { happy: 1 },
      },
    ],
  });
  expect(summary).toMatchObject({
    type: 'Summary',
    audio_s: 2,
    speech_s: [0, 0.5],
    dropped_s: 0.123,
    reason: 'client_close',
    per_channel: [
      { channel: 1, role: 'customer', audio_s: 2, speech_s: 0.5, share: { happy: 1 }, label: 'happy' },
    ],
  });
});
