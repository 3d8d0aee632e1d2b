import { parseStreamQuery } from '@undertone/proto';
import { expect, test } from 'vitest';
import { translateListenQuery } from './listen-query.ts';

const translate = (query: string) => {
  const { params, ...options } = translateListenQuery(
    new URLSearchParams(query),
    (model) => model === 'ours',
  );
  return { ...parseStreamQuery(params), ...options };
};

test('parameters of Deepgram mean what they mean there', () => {
  expect(translate('')).toMatchObject({ interim_results: false, vad_events: false, endpointing_ms: 500 });
  expect(
    translate('encoding=linear32&sample_rate=48000&channels=2&multichannel=true&interim_results=true'),
  ).toMatchObject({ encoding: 'float32', sample_rate: 48_000, channels: 2, interim_results: true });
  expect(translate('encoding=mulaw').sample_rate).toBe(8000);
  for (const [value, ms] of [
    ['false', 5000],
    ['true', 500],
    ['10', 100],
    ['300', 300],
    ['99999', 5000],
  ])
    expect(translate(`endpointing=${value}`).endpointing_ms).toBe(ms);
  expect(translate('utterance_end_ms=1000')).toMatchObject({
    vad_events: true,
    vadEvents: false,
    utteranceEnds: true,
  });
});

test('models of others, languages and features of transcription are ignored', () => {
  const query = 'model=nova-3&language=en&smart_format=true&redact=pci&redact=ssn&tag=a&tag=b&version=latest';
  expect(translate(query)).toEqual(translate(''));
  expect(translate('model=ours').model).toBe('ours');
});

test('a value that cannot be meant is refused', () => {
  expect(() => translate('endpointing=soon')).toThrowError(/endpointing to be milliseconds/);
  expect(() => translate('encoding=opus')).toThrowError(/encoding/);
});
