import { describe, expect, it } from 'vitest';
import { toStreamUrl } from './stream-url.ts';

describe('toStreamUrl', () => {
  it.each([
    ['ws://host:8080', 'ws://host:8080/v1/stream?channels=2'],
    ['http://host:8080/', 'ws://host:8080/v1/stream?channels=2'],
    ['https://host', 'wss://host/v1/stream?channels=2'],
    ['wss://host/voice/v1/stream?key=1', 'wss://host/voice/v1/stream?key=1&channels=2'],
    ['ws://me:secret@host', 'ws://me:secret@host/v1/stream?channels=2'],
  ])('takes %s for %s', (address, url) => {
    expect(toStreamUrl(address, 'channels=2')).toBe(url);
  });

  it.each(['host:8080', 'localhost', 'ftp://host', ''])('refuses "%s" as bad_parameter', (address) => {
    expect(() => toStreamUrl(address, '')).toThrow(expect.objectContaining({ code: 'bad_parameter' }));
  });

  it('says so when a program without types gives no address', () => {
    expect(() => toStreamUrl(undefined as unknown as string, '')).toThrow(/such as ws:.*got "undefined"/);
  });
});
