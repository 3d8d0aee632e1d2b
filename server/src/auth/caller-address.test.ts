import { describe, expect, test } from 'vitest';
import { CallerAddress } from './caller-address.ts';

describe('the address of a caller', () => {
  test('is that of the connection where no proxy is trusted, whatever the caller writes', () => {
    expect(new CallerAddress([]).of('192.0.2.1', '198.51.100.7')).toBe('192.0.2.1');
    expect(new CallerAddress(['10.0.0.0/8']).of('192.0.2.1', '198.51.100.7')).toBe('192.0.2.1');
    expect(new CallerAddress(['10.0.0.0/8']).of(undefined, '198.51.100.7')).toBeUndefined();
  });

  const behind = new CallerAddress(['10.0.0.0/8', '2001:db8::/32', '127.0.0.1']);
  test.each([
    ['10.1.2.3', '198.51.100.7', '198.51.100.7'],
    ['::ffff:10.1.2.3', '198.51.100.7', '198.51.100.7'],
    ['127.0.0.1', '198.51.100.7:4711', '198.51.100.7'],
    ['2001:db8::1', '[2001:db9::5]:4711', '2001:db9::5'],
    ['10.1.2.3', '2001:db9::5', '2001:db9::5'],
    // What stands further to the left may be made up.
    ['10.1.2.3', '203.0.113.9, 198.51.100.7, 10.9.9.9', '198.51.100.7'],
    ['10.1.2.3', '203.0.113.9, nonsense, 10.9.9.9', '10.9.9.9'],
    ['10.1.2.3', '', '10.1.2.3'],
    ['10.1.2.3', undefined, '10.1.2.3'],
    ['10.1.2.3', '10.4.4.4', '10.4.4.4'],
    ['10.1.2.3', 'x,'.repeat(100_000), '10.1.2.3'],
  ])('behind %s, which says %.40s, is %s', (remote, forwarded, expected) => {
    expect(behind.of(remote, forwarded)).toBe(expected);
  });

  test.each(['', 'proxy.example', '10.0.0.0/33', '10.0.0.0/x', '::/129', '10.0.0.0/8/8'])(
    '"%s" is refused as a proxy',
    (proxy) => {
      expect(() => new CallerAddress([proxy])).toThrowError(
        expect.objectContaining({ code: 'bad_config', message: expect.stringContaining(`"${proxy}"`) }),
      );
    },
  );
});
