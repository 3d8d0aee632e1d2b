/**
 * Short-lived tokens that the server itself gives to the holder of an API key, for a browser that must never see the key.
 * A token may do what its key may at the time it is used, and less if it was asked for with less.
 */
import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { KeyStore } from './key-store.ts';
import { readLimits } from './limits.ts';
import { bothLimits, type Limits, type Principal } from './principal.ts';
import { AuthRefusal } from './refusal-reason.ts';
import { secretSource, type TokenSource, verifyToken } from './token-verifier.ts';

const type = 'undertone-token+jwt';
const issuer = 'undertone-server';
const audience = 'undertone.v1';

/** `id` of the principal whose API key has this id, and of all tokens made with it: they share one count of streams. */
export function keyPrincipalId(id: string): string {
  return `key:${id}`;
}

export class BrowserTokens {
  #secret: Uint8Array;
  #source: TokenSource;
  readonly #keys: KeyStore;
  readonly #now: () => number;

  /**
   * @param secret 32 bytes or more; empty for a random one, with which tokens are valid at this process only
   * @throws UndertoneError `bad_config`
   */
  constructor(secret: string, keys: KeyStore, now: () => number = Date.now) {
    const text = secret || randomBytes(32).toString('base64url');
    this.#source = secretSource('tokenSecret', text);
    this.#secret = new TextEncoder().encode(text);
    this.#keys = keys;
    this.#now = now;
  }

  /**
   * @param secret as of the constructor; empty keeps what there is
   * @returns takes it into effect: tokens made with another are valid no longer
   * @throws UndertoneError `bad_config`
   */
  prepare(secret: string): () => void {
    if (secret === '') return () => {};
    const source = secretSource('tokenSecret', secret);
    return () => {
      this.#source = source;
      this.#secret = new TextEncoder().encode(secret);
    };
  }

  /** Whether a token's header says that it is one of these. */
  isType(typ: string | undefined): boolean {
    return typ === type;
  }

  /** @param keyId of the file of keys */
  async mint(
    keyId: string,
    { models, roles, maxSessions, operator }: Limits,
    ttlSeconds: number,
  ): Promise<string> {
    const seconds = Math.floor(this.#now() / 1000);
    return new SignJWT({
      ...(models ? { models } : {}),
      ...(roles ? { roles } : {}),
      ...(maxSessions ? { max_sessions: maxSessions } : {}),
      ...(operator ? { operator } : {}),
    })
      .setProtectedHeader({ alg: 'HS256', typ: type })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(keyId)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + ttlSeconds)
      .sign(this.#secret);
  }

  /** @throws AuthRefusal */
  async principalOf(token: string): Promise<Principal> {
    const { sub, ...claims } = await verifyToken(token, this.#source, { issuer, audience, type });
    const key = this.#keys.findId(sub, this.#now());
    if (!key)
      throw new AuthRefusal('bad_token', 'unauthorized', 'Expected a token of a key that is still valid.');
    const limits = bothLimits(key, readLimits(claims, 'max_sessions'));
    return { id: keyPrincipalId(sub), anonymous: false, ...limits };
  }
}
