import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hashApiKey, newApiKey } from './api-key.ts';
import { type Access, type AccessSettings, createAccess } from './create-access.ts';
import { formatKeyFile } from './key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-auth-'));
afterAll(() => rmSync(folder, { recursive: true }));

const settings: AccessSettings = {
  host: '127.0.0.1',
  keysFile: '',
  jwtSecret: '',
  jwtPublicKeyFile: '',
  jwtJwksUrl: '',
  jwtIssuer: '',
  jwtAudience: '',
  tokenSecret: '',
  allowOrigin: [],
  trustedProxies: [],
  insecureNoAuth: false,
  tlsClientCaFile: '',
};

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const secret = 'a secret of at least thirty-two bytes';
const secretBytes = new TextEncoder().encode(secret);

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const pemFile = (name: string, key: KeyObject): string =>
  fileOf(name, key.export({ type: 'spki', format: 'pem' }) as string);

interface TokenFields {
  alg?: string;
  kid?: string;
  sub?: string | null;
  iss?: string;
  aud?: string;
  exp?: number | string | null;
  nbf?: number;
  claims?: object;
}

function sign(key: KeyObject | Uint8Array, fields: TokenFields = {}): Promise<string> {
  const { alg = 'RS256', kid, sub = 'caller', iss = 'idp', aud = 'undertone', exp = '5m', nbf } = fields;
  let jwt = new SignJWT({ ...fields.claims }).setProtectedHeader({ alg, ...(kid ? { kid } : {}) });
  jwt = jwt.setIssuer(iss).setAudience(aud);
  if (sub !== null) jwt = jwt.setSubject(sub);
  if (exp !== null) jwt = jwt.setExpirationTime(exp);
  if (nbf !== undefined) jwt = jwt.setNotBefore(nbf);
  return jwt.sign(key);
}

const show = (access: Access, token: string, address?: string) =>
  access.control.authenticate({ transport: 'websocket', authorization: `Bearer ${token}`, address });

const refusal = (code: string, message = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

const now = (): number => Math.floor(Date.now() / 1000);

describe('without credentials', () => {
  test('everybody of this machine is let in', async () => {
    const access = createAccess(settings);
    expect(access.isOpen).toBe(true);
    const principal = await access.control.authenticate({ transport: 'grpc' });
    expect(principal).toEqual({ id: 'anonymous', anonymous: true });
  });

  test.each(['0.0.0.0', '::', '192.0.2.1', 'example.com', '127.0.0.1.example.com'])(
    'listening on %s is refused, with what to do',
    (host) => {
      expect(() => createAccess({ ...settings, host })).toThrowError(
        refusal('bad_config', '--insecure-no-auth'),
      );
      expect(createAccess({ ...settings, host, insecureNoAuth: true }).isOpen).toBe(true);
    },
  );

  test.each(['localhost', '127.0.0.2', '::1'])('listening on %s is allowed', (host) => {
    expect(createAccess({ ...settings, host }).isOpen).toBe(true);
  });
});

describe('certificates', () => {
  const access = createAccess({ ...settings, tlsClientCaFile: 'ca.pem' });
  const idOf = async (certificateName: string | null) =>
    (await access.control.authenticate({ transport: 'http', certificateName })).id;

  test('of different names are different callers', async () => {
    expect(await idOf('robot')).toBe('cert:robot');
    expect(await idOf('sha256 AB')).not.toBe(await idOf('sha256 CD'));
  });
});

describe('API keys', () => {
  const key = newApiKey();
  const entry = { id: 'team', sha256: hashApiKey(key), models: ['m'], maxSessions: 2 };
  const keysFile = fileOf('keys.json', formatKeyFile([entry]));
  const refusals: string[] = [];
  let access: Access;
  beforeEach(() => {
    refusals.length = 0;
    access = createAccess({ ...settings, host: '0.0.0.0', keysFile });
    access.control.onRefusal = (transport, reason) => refusals.push(`${transport} ${reason}`);
    return () => access.close();
  });

  test('a key brings its limits', async () => {
    const expected = { id: 'key:team', anonymous: false, models: ['m'], maxSessions: 2 };
    expect(await show(access, key)).toEqual(expected);
    const subprotocols = ['undertone.v1', 'bearer', key];
    expect(await access.control.authenticate({ transport: 'websocket', subprotocols })).toEqual(expected);
  });

  test('none, a wrong one and a token are refused and counted by reason', async () => {
    await expect(access.control.authenticate({ transport: 'http' })).rejects.toThrowError(
      refusal('unauthorized', 'got neither'),
    );
    await expect(show(access, newApiKey())).rejects.toThrowError(refusal('unauthorized'));
    await expect(show(access, 'x.y.z')).rejects.toThrowError(refusal('unauthorized'));
    expect(refusals).toEqual(['http missing', 'websocket unknown_key', 'websocket bad_token']);
  });

  test('an address that fails too often has to wait; a valid key gets in from there all the same', async () => {
    for (let i = 0; i < 20; i++)
      await expect(show(access, 'x.y.z', '192.0.2.1')).rejects.toThrowError(refusal('unauthorized'));
    await expect(show(access, 'x.y.z', '192.0.2.1')).rejects.toThrowError(refusal('rate_limited'));
    await expect(show(access, newApiKey(), '192.0.2.1')).rejects.toThrowError(refusal('rate_limited'));
    expect((await show(access, key, '192.0.2.1')).id).toBe('key:team');
    await expect(show(access, 'x.y.z', '192.0.2.2')).rejects.toThrowError(refusal('unauthorized'));
  });

  test('a token for browsers that is valid gets in from an address that has failed too often', async () => {
    const minted = await access.browserTokens!.mint('team', {}, 60);
    const forged = `${minted.slice(0, -8)}AAAAAAAA`;
    for (let i = 0; i < 20; i++)
      await expect(show(access, forged, '192.0.2.3')).rejects.toThrowError(refusal('unauthorized'));
    await expect(show(access, forged, '192.0.2.3')).rejects.toThrowError(refusal('rate_limited'));
    expect((await show(access, minted, '192.0.2.3')).id).toBe('key:team');
  });

  test('behind a proxy that is trusted, who fails is not taken for the others', async () => {
    const via = (open: Access, forwardedFor: string) =>
      open.control.authenticate({
        ...{ transport: 'websocket', authorization: 'Bearer x.y.z' },
        ...{ address: '10.0.0.1', forwardedFor },
      });
    const trusting = createAccess({ ...settings, keysFile, trustedProxies: ['10.0.0.1'] });
    for (const [open, code] of [[trusting, 'unauthorized'] as const, [access, 'rate_limited'] as const]) {
      for (let i = 0; i < 20; i++)
        await expect(via(open, '198.51.100.1')).rejects.toThrowError(refusal('unauthorized'));
      await expect(via(open, '198.51.100.1')).rejects.toThrowError(refusal('rate_limited'));
      await expect(via(open, '198.51.100.2')).rejects.toThrowError(refusal(code));
    }
    trusting.prepare({ ...settings, keysFile })();
    for (let i = 0; i < 20; i++)
      await expect(via(trusting, '198.51.100.3')).rejects.toThrowError(refusal('unauthorized'));
    await expect(via(trusting, '198.51.100.4')).rejects.toThrowError(refusal('rate_limited'));
    trusting.close();
  });

  test('the permission to watch comes from the key, and a token has it only if it asked for it', async () => {
    const operators = createAccess({
      ...settings,
      keysFile: fileOf('operators.json', formatKeyFile([{ ...entry, operator: true }])),
    });
    const { mint } = operators.browserTokens!;
    const tokenOf = (limits: object) => mint.call(operators.browserTokens, 'team', limits, 60);
    expect((await show(operators, key)).operator).toBe(true);
    expect((await show(operators, await tokenOf({ operator: true }))).operator).toBe(true);
    expect((await show(operators, await tokenOf({}))).operator).toBeUndefined();
    operators.close();
    // A key that has lost it, or never had it, gives it to no token.
    const signed = await access.browserTokens!.mint('team', { operator: true }, 60);
    expect((await show(access, signed)).operator).toBeUndefined();
  });

  test('a token for browsers may do what its key may, and no more than it asked for', async () => {
    const minted = await access.browserTokens!.mint('team', { maxSessions: 1, models: ['m', 'n'] }, 60);
    const principal = await show(access, minted);
    expect(principal).toMatchObject({ id: 'key:team', models: ['m'], maxSessions: 1 });
  });

  test('a token for browsers dies with its key, with time, and at another server', async () => {
    await expect(show(access, await access.browserTokens!.mint('gone', {}, 60))).rejects.toThrowError(
      refusal('unauthorized', 'still valid'),
    );
    await expect(show(access, await access.browserTokens!.mint('team', {}, -60))).rejects.toThrowError(
      refusal('unauthorized', 'expired'),
    );
    const other = createAccess({ ...settings, keysFile });
    await expect(show(other, await access.browserTokens!.mint('team', {}, 60))).rejects.toThrowError(
      refusal('unauthorized'),
    );
    other.close();
  });

  test('another secret takes effect while the server runs, and none leaves what there is', async () => {
    const given = { ...settings, host: '0.0.0.0', keysFile };
    const before = await access.browserTokens!.mint('team', {}, 60);
    access.prepare(given)();
    expect((await show(access, before)).id).toBe('key:team');
    access.prepare({ ...given, tokenSecret: secret })();
    await expect(show(access, before)).rejects.toThrowError(refusal('unauthorized'));
    expect((await show(access, await access.browserTokens!.mint('team', {}, 60))).id).toBe('key:team');
    expect(() => access.prepare({ ...given, tokenSecret: 'short' })).toThrowError(refusal('bad_config'));
    // What kinds of credentials there are stays.
    expect(() => access.prepare({ ...given, jwtSecret: secret })).toThrowError(refusal('bad_config'));
  });

  test('servers that share the secret take one another’s tokens', async () => {
    const [a, b] = [1, 2].map(() => createAccess({ ...settings, keysFile, tokenSecret: secret }));
    expect((await show(b!, await a!.browserTokens!.mint('team', {}, 60))).id).toBe('key:team');
    a!.close();
    b!.close();
  });
});

describe('JSON web tokens', () => {
  const jwtPublicKeyFile = pemFile('rsa.pem', rsa.publicKey);
  const idp = { jwtIssuer: 'idp', jwtAudience: 'undertone' };
  let access: Access;
  beforeAll(() => {
    access = createAccess({ ...settings, ...idp, jwtPublicKeyFile });
    return () => access.close();
  });

  test('one for this server brings its limits', async () => {
    const claims = { models: ['m'], roles: ['customer'], max_sessions: 4, operator: true };
    expect(await show(access, await sign(rsa.privateKey, { claims }))).toEqual({
      id: 'jwt:caller',
      anonymous: false,
      models: ['m'],
      roles: ['customer'],
      maxSessions: 4,
      operator: true,
    });
  });

  test.each<[string, TokenFields, string]>([
    ['expired', { exp: now() - 60 }, 'expired'],
    ['not valid yet', { nbf: now() + 60 }, 'nbf'],
    ['for another audience', { aud: 'payroll' }, 'aud'],
    ['of another issuer', { iss: 'evil' }, 'iss'],
    ['without an expiry', { exp: null }, 'exp'],
    ['without a subject', { sub: null }, 'sub'],
    ['with limits that cannot be read', { claims: { max_sessions: 'many' } }, 'max_sessions'],
    ['with a permission that is no yes or no', { claims: { operator: 'yes' } }, 'operator'],
    ['with a role that there is not', { claims: { roles: ['boss'] } }, 'roles'],
  ])('one %s is refused, with what is wrong', async (_, fields, expected) => {
    await expect(show(access, await sign(rsa.privateKey, fields))).rejects.toThrowError(
      refusal('unauthorized', expected),
    );
  });

  test('a clock that is some seconds off does not matter', async () => {
    await show(access, await sign(rsa.privateKey, { exp: now() - 3, nbf: now() + 3 }));
  });

  test('forged ones are refused alike, without a word about why', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const payload = part({ sub: 'x', iss: 'idp', aud: 'undertone', exp: now() + 60 });
    const confused = `${part({ alg: 'HS256' })}.${payload}`;
    const pem = createPublicKey(rsa.publicKey.export({ type: 'spki', format: 'pem' })).export({
      type: 'spki',
      format: 'pem',
    });
    const genuine = await sign(rsa.privateKey);
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const forged = [
      `${part({ alg: 'none' })}.${payload}.`,
      `${part({ alg: 'None' })}.${payload}.x`,
      `${confused}.${createHmac('sha256', pem).update(confused).digest('base64url')}`,
      `${genuine.slice(0, -8)}AAAAAAAA`,
      `${genuine.split('.')[0]}.${payload}.${genuine.split('.')[2]}`,
      await sign(other.privateKey),
      await sign(ec.privateKey, { alg: 'ES256' }),
      await sign(secretBytes, { alg: 'HS256' }),
      `${part({ alg: 'RS256', crit: ['x'] })}.${payload}.AAAA`,
      `${part({ alg: 'RS256', jwk: { kty: 'RSA' } })}.${payload}.AAAA`,
      'a.b.c',
      '...',
      genuine.replaceAll('.', ''),
    ];
    for (const token of forged)
      await expect(show(access, token), token).rejects.toThrowError(
        expect.objectContaining({
          code: 'unauthorized',
          message: expect.stringMatching(
            /^Expected (a token|an API key or a token) that this server takes\.$/,
          ),
        }),
      );
  });

  test('keys of both kinds and a secret are each taken for their own algorithm', async () => {
    const both = createAccess({
      ...settings,
      ...idp,
      jwtSecret: secret,
      jwtPublicKeyFile: pemFile('ec.pem', ec.publicKey),
    });
    await show(both, await sign(ec.privateKey, { alg: 'ES256' }));
    await show(both, await sign(secretBytes, { alg: 'HS256' }));
    await expect(show(both, await sign(rsa.privateKey))).rejects.toThrowError(refusal('unauthorized'));
    both.close();
  });

  test.each<[string, Partial<AccessSettings>, string]>([
    ['a short secret', { jwtSecret: 'short' }, '32 bytes'],
    ['a short secret of tokens', { keysFile: 'KEYS', tokenSecret: 'short' }, 'tokenSecret'],
    ['a key without an audience', { jwtPublicKeyFile, jwtAudience: '' }, 'jwtAudience'],
    ['a file that is no key', { jwtPublicKeyFile: 'NO_KEY' }, 'public key in PEM'],
    ['a small key', { jwtPublicKeyFile: 'SMALL' }, '2048 bits'],
    ['a key set over plain http', { jwtJwksUrl: 'http://idp.example/jwks' }, 'https://'],
  ])('%s is refused at start', (_, change, expected) => {
    const files: Record<string, string> = {
      KEYS: fileOf('none.json', '{"keys": []}'),
      NO_KEY: fileOf('no-key.pem', 'hello'),
      SMALL: pemFile('small.pem', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
    };
    const entries = Object.entries({ ...settings, ...idp, ...change });
    const given = Object.fromEntries(
      entries.map(([name, value]) => [name, typeof value === 'string' ? (files[value] ?? value) : value]),
    );
    expect(() => createAccess(given as unknown as AccessSettings)).toThrowError(
      refusal('bad_config', expected),
    );
  });
});

describe('a key set', () => {
  let answers: (() => object | null)[] = [];
  let asked = 0;
  let server: Server;
  let jwtJwksUrl: string;
  beforeAll(async () => {
    server = createServer((_, response) => {
      asked++;
      const body = (answers[Math.min(asked, answers.length) - 1] ?? (() => null))();
      response.writeHead(body ? 200 : 500, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    jwtJwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    return () => server.close();
  });
  beforeEach(() => {
    asked = 0;
  });
  const idp = { jwtAudience: 'undertone' };
  const jwk = async (key: KeyObject, kid: string, alg: string): Promise<object> => ({
    ...(await exportJWK(key)),
    kid,
    alg,
    use: 'sig',
  });

  test('is fetched once, and an unknown key id does not make it be fetched at every try', async () => {
    const keys = [await jwk(rsa.publicKey, 'r', 'RS256'), await jwk(ec.publicKey, 'e', 'ES256')];
    answers = [() => ({ keys })];
    const access = createAccess({ ...settings, ...idp, jwtJwksUrl });
    await show(access, await sign(rsa.privateKey, { kid: 'r' }));
    await show(access, await sign(ec.privateKey, { alg: 'ES256', kid: 'e' }));
    for (let i = 0; i < 5; i++)
      await expect(show(access, await sign(rsa.privateKey, { kid: 'unknown' }))).rejects.toThrowError(
        refusal('unauthorized'),
      );
    expect(asked).toBe(1);
    access.close();
  });

  test('that cannot be read is no fault of the caller, who may try again', async () => {
    answers = [() => null];
    const access = createAccess({ ...settings, ...idp, jwtJwksUrl });
    await expect(show(access, await sign(rsa.privateKey, { kid: 'r' }))).rejects.toThrowError(
      refusal('connection_failed'),
    );
    answers = [() => null, () => ({ keys: 'none' })];
    await expect(show(access, await sign(rsa.privateKey, { kid: 'r' }))).rejects.toThrowError(
      refusal('connection_failed'),
    );
    access.close();
  });

  test('may be a file, which is read again', async () => {
    const write = async (kid: string): Promise<string> =>
      fileOf('jwks.json', JSON.stringify({ keys: [await jwk(rsa.publicKey, kid, 'RS256')] }));
    const file = await write('one');
    const given = { ...settings, ...idp, jwtJwksUrl: `file://${file}` };
    const access = createAccess(given);
    await show(access, await sign(rsa.privateKey, { kid: 'one' }));
    fileOf('jwks.json', '{');
    expect(() => access.prepare(given)).toThrowError(refusal('bad_config'));
    await show(access, await sign(rsa.privateKey, { kid: 'one' }));
    await write('two');
    access.prepare(given)();
    await expect(show(access, await sign(rsa.privateKey, { kid: 'one' }))).rejects.toThrowError(
      refusal('unauthorized'),
    );
    await show(access, await sign(rsa.privateKey, { kid: 'two' }));
    access.close();
  });
});
