/**
 * Checks JSON web tokens. Each kind of key has its own list of algorithms, so that a public key can never be taken for
 * the secret of HS256, and `none` is in no list.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { UndertoneError } from '@undertone/core';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { AuthRefusal } from './refusal-reason.ts';

export interface TokenSource {
  readonly algorithms: readonly string[];
  readonly getKey: JWTVerifyGetKey;
}

export interface TokenClaims {
  readonly issuer?: string;
  readonly audience?: string;
  /** Of the header, to tell the tokens of one purpose from others of the same key. */
  readonly type?: string;
}

const minSecretBytes = 32;
const clockToleranceSeconds = 10;
const keySetAlgorithms = ['RS256', 'ES256'];
const jwksTimeoutMs = 3000;
const jwksMaxAgeMs = 600_000;
const jwksCooldownMs = 30_000;

/** @throws UndertoneError `bad_config` for a secret that could be guessed */
export function secretSource(setting: string, secret: string): TokenSource {
  const key = new TextEncoder().encode(secret);
  if (key.length < minSecretBytes)
    throw new UndertoneError(
      'bad_config',
      `Expected ${setting} to have at least ${minSecretBytes} bytes; got ${key.length}. Make one with: openssl rand -base64 32`,
    );
  return { algorithms: ['HS256'], getKey: async () => key };
}

/** @throws UndertoneError `bad_config` */
export function publicKeySource(setting: string, pem: string): TokenSource {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new UndertoneError('bad_config', `Expected ${setting} to be a public key in PEM.`, { cause });
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= 2048)
    return { algorithms: ['RS256'], getKey: async () => key };
  if (type === 'ec' && details?.namedCurve === 'prime256v1')
    return { algorithms: ['ES256'], getKey: async () => key };
  const found = `${type} ${details?.modulusLength ?? details?.namedCurve ?? ''}`.trim();
  throw new UndertoneError(
    'bad_config',
    `Expected ${setting} to be an RSA key of 2048 bits or more, or one on P-256; got ${found}.`,
  );
}

/** Keys that are fetched, kept for ten minutes, and fetched again for a key id not seen before, at most twice a minute. */
export function remoteKeySetSource(url: URL): TokenSource {
  return {
    algorithms: keySetAlgorithms,
    getKey: createRemoteJWKSet(url, {
      timeoutDuration: jwksTimeoutMs,
      cacheMaxAge: jwksMaxAgeMs,
      cooldownDuration: jwksCooldownMs,
    }),
  };
}

/** @throws UndertoneError `bad_config` */
export function keySetSource(setting: string, json: string): TokenSource {
  try {
    return { algorithms: keySetAlgorithms, getKey: createLocalJWKSet(JSON.parse(json)) };
  } catch (cause) {
    throw new UndertoneError('bad_config', `Expected ${setting} to be a JSON web key set.`, { cause });
  }
}

/** The type in a token's header, not checked yet; null if this is no token. */
export function tokenType(token: string): { readonly alg: string; readonly typ: string | undefined } | null {
  try {
    const { alg, typ } = decodeProtectedHeader(token);
    return { alg: alg ?? '', typ };
  } catch {
    return null;
  }
}

/**
 * @returns the claims of a token that is genuine, current, and meant for this server; it has a subject and an expiry
 * @throws AuthRefusal
 */
export async function verifyToken(
  token: string,
  { algorithms, getKey }: TokenSource,
  { issuer, audience, type }: TokenClaims,
): Promise<JWTPayload & { readonly sub: string; readonly exp: number }> {
  try {
    const { payload } = await jwtVerify(token, getKey, {
      algorithms: [...algorithms],
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'sub'],
      ...(issuer ? { issuer } : {}),
      ...(audience ? { audience } : {}),
      ...(type ? { typ: type } : {}),
    });
    return payload as JWTPayload & { readonly sub: string; readonly exp: number };
  } catch (error) {
    throw refusalOf(error);
  }
}

/** What the caller may know: what it can read in its own token, never why a signature or a key did not fit. */
function refusalOf(error: unknown): AuthRefusal {
  if (error instanceof errors.JWTExpired)
    return new AuthRefusal('expired', 'unauthorized', 'Expected a token that is current; it has expired.');
  if (error instanceof errors.JWTClaimValidationFailed && error.claim !== 'typ')
    return new AuthRefusal(
      'bad_token',
      'unauthorized',
      `Expected a token for this server; its claim ${error.claim} is missing or not the one expected.`,
    );
  if (isKeySetFailure(error))
    return new AuthRefusal(
      'key_set_unavailable',
      'connection_failed',
      'The keys that tokens are checked with cannot be read at the moment.',
      { cause: error },
    );
  return new AuthRefusal('bad_token', 'unauthorized', 'Expected a token that this server takes.');
}

/** An answer that is no key set, none at all, or none in time; whatever the network threw is no error of the library. */
function isKeySetFailure(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'].includes(error.code);
}
