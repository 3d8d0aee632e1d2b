import { UndertoneError } from '@undertone/core';
import { expect, test } from 'vitest';
import { flavourAt, flavours } from './flavour.ts';
import { parseMediaStreamMessage } from './messages.ts';

const twilio = flavourAt('/v1/twilio')!;

test('the messages of the makers documentation are read', () => {
  const start = parseMediaStreamMessage(
    '{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"FirstName":"Jane"}},"streamSid":"MZ1"}',
    twilio,
  );
  expect(start).toMatchObject({
    type: 'start',
    stream: 'MZ1',
    call: 'CA1',
    sequence: 1,
    tracks: ['inbound'],
    encoding: 'mulaw',
    sampleRateHz: 8000,
  });
  const media = parseMediaStreamMessage(
    '{"event":"media","sequenceNumber":"3","media":{"track":"outbound","chunk":"1","timestamp":"5","payload":"no+JhoaJjpw="},"streamSid":"MZ1"}',
    twilio,
  );
  expect(media).toMatchObject({ type: 'media', track: 'outbound', timestampMs: 5, sequence: 3 });
  expect(media.type === 'media' && [...media.audio]).toEqual([
    0x9e, 0x8f, 0x89, 0x86, 0x86, 0x89, 0x8e, 0x9c,
  ]);
});

test('a field that is wrong is named, with what was expected and what came', () => {
  const media = (change: object): string =>
    JSON.stringify({
      event: 'media',
      streamSid: 'MZ1',
      media: { timestamp: '0', payload: 'AAAA', ...change },
    });
  for (const [text, message] of [
    ['{', /JSON/],
    ['null', /the message to be an object; got null/],
    ['{"event":{}}', /event to be text/],
    ['{"event":"start","streamSid":"MZ1"}', /start to be an object; got undefined/],
    [
      '{"event":"start","streamSid":"MZ1","start":{"mediaFormat":{"encoding":"opus"}}}',
      /start.mediaFormat.encoding to be one of .*; got opus/,
    ],
    [media({ timestamp: '-5' }), /media.timestamp to be an integer from 0 to 86400000; got -5/],
    [media({ timestamp: 1.5 }), /media.timestamp/],
    [media({ payload: 7 }), /media.payload to be base64; got 7/],
    [media({ payload: 'AAAAA' }), /base64/],
    [media({ payload: 'AA-_' }), /base64/],
    ['{"event":"stop"}', /streamSid to be a name/],
  ] as const)
    expect(() => parseMediaStreamMessage(text, twilio), text).toThrowError(message);
});

test('whatever comes is a message or an error of the list', () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const seeds = [
    '{"event":"start","sequenceNumber":"1","start":{"tracks":["inbound"],"mediaFormat":{"encoding":"PCMU","sampleRate":8000,"channels":1},"customParameters":{"a":"b"}},"streamSid":"MZ1"}',
    '{"event":"media","sequence_number":"4","media":{"track":"inbound","chunk":"2","timestamp":"5","payload":"AAAA"},"stream_id":"x"}',
    '{"event":"stop","sequenceNumber":9,"stop":{"tag":"a"}}',
  ];
  const bits = ['{', '}', '"', 'null', '[]', '1e999', '-1', ':', ',', '\\u0000', '__proto__', '9'.repeat(30)];
  for (let i = 0; i < 20_000; i++) {
    const seed = seeds[random(seeds.length)]!;
    const [from, to] = [random(seed.length), random(seed.length)];
    const text = seed.slice(0, from) + bits[random(bits.length)] + seed.slice(Math.max(from, to));
    const flavour = flavours[random(flavours.length)]!;
    try {
      const message = parseMediaStreamMessage(text, flavour);
      expect(['start', 'media', 'stop', 'other']).toContain(message.type);
    } catch (error) {
      expect(error).toBeInstanceOf(UndertoneError);
    }
  }
});
