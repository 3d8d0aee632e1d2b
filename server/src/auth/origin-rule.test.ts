import { describe, expect, test } from 'vitest';
import { OriginRule } from './origin-rule.ts';

const allows = (rule: OriginRule, origin: string | undefined, host = 'api.example.com'): boolean => {
  try {
    rule.expectAllowed(origin, host);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'forbidden', reason: 'origin' });
    return false;
  }
};

describe('pages that may connect', () => {
  test('callers that are no browsers are not concerned', () => {
    expect(allows(new OriginRule({ allowed: [], loopbackOnly: true }), undefined)).toBe(true);
  });

  test('without a list, pages of the same host and port', () => {
    const rule = new OriginRule({ allowed: [], loopbackOnly: false });
    expect(allows(rule, 'https://api.example.com')).toBe(true);
    expect(allows(rule, 'http://api.example.com:8080', 'api.example.com:8080')).toBe(true);
    for (const origin of [
      'https://evil.example',
      'https://api.example.com:8443',
      'null',
      '',
      'api.example.com',
    ])
      expect(allows(rule, origin)).toBe(false);
  });

  test('with a list, its origins and no others, not even of the same host', () => {
    const rule = new OriginRule({ allowed: ['https://App.example.com'], loopbackOnly: false });
    expect(allows(rule, 'https://app.example.com')).toBe(true);
    for (const origin of [
      'http://app.example.com',
      'https://app.example.com.evil.example',
      'https://api.example.com',
    ])
      expect(allows(rule, origin)).toBe(false);
    expect(allows(new OriginRule({ allowed: ['*'], loopbackOnly: true }), 'https://evil.example')).toBe(true);
  });

  test('where nobody needs credentials, a name that points at this machine is not this machine', () => {
    const rule = new OriginRule({ allowed: [], loopbackOnly: true });
    expect(allows(rule, 'http://rebound.example:8080', 'rebound.example:8080')).toBe(false);
    for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080'])
      expect(allows(rule, `http://${host}`, host)).toBe(true);
  });

  test.each(['app.example.com', 'https://a.example/path', 'https://a.example/', ''])(
    '"%s" is no origin that can be listed',
    (origin) => {
      expect(() => new OriginRule({ allowed: [origin], loopbackOnly: false })).toThrowError(
        expect.objectContaining({ code: 'bad_config', message: expect.stringContaining('allowOrigin') }),
      );
    },
  );
});
