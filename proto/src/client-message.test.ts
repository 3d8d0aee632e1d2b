import { describe, expect, test } from 'vitest';
import { parseClientMessage } from './client-message.ts';

const types = 'KeepAlive, Finalize, CloseStream, Configure, Pause, Resume, Gap, Ack, Restore';

test.each([
  { type: 'KeepAlive' },
  { type: 'Finalize' },
  { type: 'CloseStream' },
  { type: 'Pause' },
  { type: 'Resume' },
  { type: 'Configure' },
  { type: 'Configure', interval_ms: 250, labels: false, analyze: ['customer', 'agent'], consent: 'given' },
  { type: 'Configure', trend_interval_ms: 0 },
  { type: 'Gap', duration: 0.24 },
  { type: 'Gap', samples: 3840 },
  { type: 'Ack', id: 'ut_01ARYZ6S41TSV4RRFFQ69G5FAV:0:0:2' },
  { type: 'Restore', checkpoint: 'AAAA', ordinals: [3, 0] },
])('$type is understood', (message) => {
  expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
});

test('unknown fields are ignored', () => {
  expect(parseClientMessage('{"type":"Finalize","why":"because"}')).toEqual({ type: 'Finalize' });
  expect(parseClientMessage('{"type":"Configure","model":"x","labels":true}')).toEqual({
    type: 'Configure',
    labels: true,
  });
});

test('a client that has no events yet may leave out the ordinals', () => {
  expect(parseClientMessage('{"type":"Restore","checkpoint":"AAAA"}')).toEqual({
    type: 'Restore',
    checkpoint: 'AAAA',
    ordinals: [],
  });
});

describe('refused as bad_message is', () => {
  test.each([
    ['hello', 'text that is not JSON'],
    ['', 'text that is not JSON'],
    ['null', 'got null'],
    ['[1]', 'got an array'],
    ['{}', 'an object without one'],
    ['"CloseStream"', 'got "CloseStream"'],
    ['{"type":"Dance"}', `Expected type to be one of ${types}; got "Dance".`],
    ['{"type":"constructor"}', 'got "constructor"'],
    ['{"type":3}', 'got 3'],
    [
      '{"type":"Configure","interval_ms":249}',
      'Expected interval_ms to be an integer from 250 to 10000; got 249.',
    ],
    ['{"type":"Configure","window_ms":"5000"}', 'Expected window_ms'],
    ['{"type":"Configure","endpointing_ms":1e99}', 'Expected endpointing_ms'],
    ['{"type":"Configure","labels":1}', 'Expected labels to be true or false; got 1.'],
    ['{"type":"Configure","analyze":[]}', 'Expected analyze'],
    ['{"type":"Configure","analyze":["boss"]}', 'Expected analyze'],
    ['{"type":"Configure","trend_interval_ms":999}', 'Expected trend_interval_ms to be 0, or'],
    ['{"type":"Configure","consent":"maybe"}', 'Expected consent to be given, pending, denied; got "maybe".'],
    ['{"type":"Gap"}', 'Expected duration'],
    ['{"type":"Gap","duration":0}', 'Expected duration'],
    ['{"type":"Gap","duration":1e9}', 'Expected duration'],
    ['{"type":"Gap","samples":1.5}', 'Expected samples'],
    ['{"type":"Gap","samples":1,"duration":1}', 'got both'],
    ['{"type":"Ack"}', 'Expected id'],
    [`{"type":"Ack","id":"${'x'.repeat(200)}"}`, 'Expected id'],
    ['{"type":"Restore"}', 'Expected checkpoint'],
    ['{"type":"Restore","checkpoint":"AAAA","ordinals":[-1]}', 'Expected ordinals'],
    ['{"type":"Restore","checkpoint":"AAAA","ordinals":[0,0,0]}', 'Expected ordinals'],
  ])('%s', (text, part) => {
    expect(() => parseClientMessage(text)).toThrowError(
      expect.objectContaining({ code: 'bad_message', message: expect.stringContaining(part) }),
    );
  });
});
