import { describe, expect, test } from 'vitest';
import { answeredSubprotocol, readBearer } from './bearer.ts';
import { AuthRefusal } from './refusal-reason.ts';

const transport = 'websocket';
const refusal = (reason: string, code = 'unauthorized') => expect.objectContaining({ reason, code });

describe('credentials of a caller', () => {
  test.each([
    ['Bearer abc.def-_', 'abc.def-_'],
    ['bearer   abc', 'abc'],
    ['Token abc=', 'abc='],
    ['TOKEN abc ', 'abc'],
  ])('the header "%s" shows %s', (authorization, secret) => {
    expect(readBearer({ transport, authorization })).toBe(secret);
  });

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'abc',
    'Basic dTpw',
    'Bearer a b',
    'Bearer a\tb',
    'Bearer ä',
    `Bearer ${'x'.repeat(9000)}`,
  ])('the header %j is refused', (authorization) => {
    expect(() => readBearer({ transport, authorization })).toThrowError(refusal('malformed'));
  });

  test('a subprotocol that names the scheme is followed by the secret, in any place of the list', () => {
    expect(readBearer({ transport, subprotocols: ['undertone.v1', 'bearer', 'abc'] })).toBe('abc');
    expect(readBearer({ transport, subprotocols: ['token', 'abc', 'undertone.v1'] })).toBe('abc');
    expect(readBearer({ transport, subprotocols: ['undertone.v1'] })).toBe(null);
    for (const subprotocols of [['bearer'], ['bearer', ''], ['token', 'a b']])
      expect(() => readBearer({ transport, subprotocols })).toThrowError(refusal('malformed'));
  });

  test('the server never repeats a subprotocol that is a secret', () => {
    const known = ['undertone.v1', 'other'];
    expect(answeredSubprotocol(['other', 'undertone.v1', 'bearer', 'abc'], known)).toBe('undertone.v1');
    expect(answeredSubprotocol(new Set(['Token', 'undertone.v1', 'other']), known)).toBe('other');
    expect(answeredSubprotocol(['Token', 'undertone.v1'], known)).toBe('Token');
    expect(answeredSubprotocol(['a', 'b'], known)).toBe(false);
    expect(answeredSubprotocol([], known)).toBe(false);
  });

  test('header and subprotocol may agree, not differ', () => {
    const both = { transport, authorization: 'Bearer a' } as const;
    expect(readBearer({ ...both, subprotocols: ['bearer', 'a'] })).toBe('a');
    expect(() => readBearer({ ...both, subprotocols: ['bearer', 'b'] })).toThrowError(refusal('malformed'));
  });

  test.each(['token', 'access_token', 'API_KEY', 'key', 'to%6ben', 'authorization'])(
    'the parameter %s of an address is refused with a hint that does not repeat its value',
    (name) => {
      const target = `/v1/stream?sample_rate=8000&${name}=s3cret`;
      expect(() => readBearer({ transport, target })).toThrowError(refusal('in_address', 'bad_parameter'));
      expect(() => readBearer({ transport, target })).toThrowError(/Authorization: Bearer/);
      expect(() => readBearer({ transport, target })).not.toThrowError(/s3cret/);
    },
  );

  test('whatever is sent, there is a secret, none, or a refusal that does not repeat it', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const pieces = ['Bearer', 'token', ' ', ',', '\u0000', 'ä', '%', '?', '=', '&', '\n', 'utk_', '.', '"'];
    const anyText = (): string =>
      Array.from({ length: random(12) }, () =>
        random(3) === 0 ? String.fromCharCode(random(0x3ff)) : pieces[random(pieces.length)]!,
      ).join('');
    for (let i = 0; i < 5000; i++) {
      const authorization = random(2) === 0 ? anyText() : undefined;
      const subprotocols = Array.from({ length: random(4) }, anyText);
      try {
        const secret = readBearer({ transport, authorization, subprotocols, target: `/?${anyText()}` });
        expect(secret === null || secret.length > 0).toBe(true);
      } catch (error) {
        if (!(error instanceof AuthRefusal)) throw error;
      }
      const answer = answeredSubprotocol(subprotocols, ['undertone.v1']);
      expect(answer === false || /^(bearer|token)$/i.test(answer)).toBe(true);
    }
  });
});
