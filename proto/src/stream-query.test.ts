import { describe, expect, test } from 'vitest';
import { ProtocolError } from './protocol-error.ts';
import { analysedChannels, buildStreamQuery, parseStreamQuery } from './stream-query.ts';

const parse = (text: string) => parseStreamQuery(new URLSearchParams(text));

function refusal(text: string): ProtocolError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error(`"${text}" was accepted`);
}

describe('stream parameters', () => {
  test('without any, a mono stream of unknown role is analysed at 16 kHz', () => {
    expect(parse('')).toEqual({
      encoding: 'linear16',
      sample_rate: 16000,
      channels: 1,
      channel_roles: ['unknown'],
      analyze: ['customer', 'unknown'],
      interval_ms: 1000,
      window_ms: 5000,
      endpointing_ms: 500,
      interim_results: true,
      vad_events: true,
      labels: true,
      dimensions: true,
      trend_interval_ms: 0,
      checkpoints: false,
      ack: false,
    });
  });

  test('telephone encodings default to 8 kHz', () => {
    expect(parse('encoding=mulaw').sample_rate).toBe(8000);
    expect(parse('encoding=alaw').sample_rate).toBe(8000);
    expect(parse('encoding=mulaw&sample_rate=16000').sample_rate).toBe(16000);
  });

  test('of two channels only the customer is analysed by default', () => {
    const query = parse('channels=2');
    expect(query.channel_roles).toEqual(['customer', 'agent']);
    expect(analysedChannels(query)).toEqual([true, false]);
  });

  test('two channels of unknown role are not analysed unless unknown is named', () => {
    expect(refusal('channels=2&channel_roles=unknown,unknown').message).toContain('analyze');
    expect(analysedChannels(parse('channels=2&channel_roles=unknown,unknown&analyze=unknown'))).toEqual([
      true,
      true,
    ]);
  });

  test.each([
    ['encoding=opus', 'Expected encoding to be one of linear16, float32, mulaw, alaw; got "opus".'],
    ['sample_rate=7999', 'Expected sample_rate to be an integer from 8000 to 48000; got "7999".'],
    ['sample_rate=48001', 'got "48001"'],
    ['sample_rate=16e3', 'got "16e3"'],
    ['sample_rate=', 'got ""'],
    ['channels=3', 'Expected channels to be an integer from 1 to 2; got "3".'],
    ['channels=0', 'got "0"'],
    ['channels=1&channels=2', 'Expected channels to be given once; got "1 and 2".'],
    ['channels=2&channel_roles=customer', 'Expected channel_roles to be 2 roles'],
    ['channel_roles=boss', 'got "boss"'],
    ['analyze=', 'Expected analyze to be a comma list'],
    ['analyze=agent', 'at least one role of the channels (unknown)'],
    ['interval_ms=249', '250 to 10000'],
    ['window_ms=30001', '1000 to 30000'],
    ['endpointing_ms=99', '100 to 5000'],
    ['interim_results=yes', 'one of true, false; got "yes"'],
    ['vad_events=1', 'got "1"'],
    [`tag=${'x'.repeat(257)}`, 'at most 256 characters'],
    [Array.from({ length: 9 }, (_, i) => `metadata.k${i}=v`).join('&'), 'at most 8 keys'],
    ['metadata.a%20b=v', 'metadata.*'],
    ['metadata.__proto__=v', 'metadata.*'],
  ])('%s is refused with what was expected and what came', (text, part) => {
    const error = refusal(text);
    expect(error.code).toBe('bad_parameter');
    expect(error.message).toContain(part);
  });

  test('a refusal does not echo a long value whole', () => {
    expect(refusal(`encoding=${'x'.repeat(200)}`).message.length).toBeLessThan(200);
  });

  test('unknown parameters are ignored', () => {
    expect(parse('fancy=summary&colour=red')).toEqual(parse(''));
  });

  test('what is built is parsed to the same', () => {
    const query = parse(
      'encoding=mulaw&channels=2&analyze=customer,agent&interval_ms=250&labels=false&tag=a%20b%26c&metadata.x=1&model=m@2',
    );
    expect(parse(buildStreamQuery(query))).toEqual(query);
    expect(query.metadata).toEqual({ x: '1' });
    expect(query.tag).toBe('a b&c');
  });
});
