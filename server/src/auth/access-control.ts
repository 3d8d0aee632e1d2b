/** Decides who a caller is, by whatever means are configured. */

import type { TransportName } from '../session/session-services.ts';
import { resemblesApiKey } from './api-key.ts';
import { readBearer } from './bearer.ts';
import type { BrowserTokens } from './browser-tokens.ts';
import { keyPrincipalId } from './browser-tokens.ts';
import type { CallerAddress } from './caller-address.ts';
import type { ExternalTokens } from './external-tokens.ts';
import { FailedAttempts } from './failed-attempts.ts';
import type { KeyEntry } from './key-file.ts';
import type { KeyStore } from './key-store.ts';
import type { OriginRule } from './origin-rule.ts';
import type { Authenticator, Credentials, Principal } from './principal.ts';
import { AuthRefusal, type RefusalReason } from './refusal-reason.ts';
import { tokenType } from './token-verifier.ts';

export interface AccessControlOptions {
  readonly origins: OriginRule;
  readonly addresses: CallerAddress;
  readonly keys: KeyStore | null;
  /** Only together with keys. */
  readonly browserTokens: BrowserTokens | null;
  readonly externalTokens: ExternalTokens | null;
  /** Whether TLS asks for certificates of clients: one is enough where there are neither keys nor tokens. */
  readonly certificates: boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const everybody: Principal = { id: 'anonymous', anonymous: true };

export class AccessControl implements Authenticator {
  /** Hears of everybody who was not let in. */
  onRefusal: ((transport: TransportName, reason: RefusalReason) => void) | null = null;
  readonly #options: AccessControlOptions;
  #origins: OriginRule;
  #addresses: CallerAddress;
  readonly #now: () => number;
  readonly #attempts = new FailedAttempts();

  constructor(options: AccessControlOptions) {
    this.#options = options;
    this.#origins = options.origins;
    this.#addresses = options.addresses;
    this.#now = options.now ?? Date.now;
  }

  /** From now on. */
  useOrigins(origins: OriginRule, addresses: CallerAddress): void {
    this.#origins = origins;
    this.#addresses = addresses;
  }

  async authenticate(credentials: Credentials): Promise<Principal> {
    return this.#counted(credentials, async (address) => {
      const { keys, externalTokens, certificates } = this.#options;
      this.#origins.expectAllowed(credentials.origin, credentials.host);
      const secret = readBearer(credentials);
      if (keys || externalTokens) return this.#principalOf(secret, address);
      // TLS has refused whoever shows none that its authority signed.
      if (certificates) return { id: `cert:${credentials.certificateName ?? ''}`, anonymous: false };
      return everybody;
    });
  }

  mayBeTold({ origin, host, address: remote, forwardedFor }: Credentials): boolean {
    const address = this.#addresses.of(remote, forwardedFor);
    const isBlocked = address !== undefined && this.#attempts.isBlocked(address, this.#now());
    return !isBlocked && this.#origins.isAllowed(origin, host);
  }

  /**
   * The API key that a caller shows; tokens do not do.
   * @throws AuthRefusal
   */
  async authenticateKey(credentials: Credentials): Promise<KeyEntry> {
    return this.#counted(credentials, async (address) => {
      this.#origins.expectAllowed(credentials.origin, credentials.host);
      const secret = readBearer(credentials);
      if (secret !== null && !resemblesApiKey(secret)) {
        this.#expectNotBlocked(address);
        throw new AuthRefusal('unknown_key', 'forbidden', 'Expected an API key; a token makes no tokens.');
      }
      return this.#keyOf(secret, address);
    });
  }

  async #principalOf(secret: string | null, address: string | undefined): Promise<Principal> {
    if (secret === null || resemblesApiKey(secret)) {
      const { id, sha256: _, expires: __, ...limits } = this.#keyOf(secret, address);
      return { id: keyPrincipalId(id), anonymous: false, ...limits };
    }
    const { browserTokens, externalTokens } = this.#options;
    const header = tokenType(secret);
    if (header && browserTokens?.isType(header.typ))
      return browserTokens.principalOf(secret).catch((refusal: unknown) => {
        this.#expectNotBlocked(address);
        throw refusal;
      });
    // The signatures of others cost more to check than a hash: not for an address that has failed too often.
    this.#expectNotBlocked(address);
    if (header && externalTokens?.takes(header.alg)) return externalTokens.principalOf(secret, header.alg);
    throw new AuthRefusal(
      'bad_token',
      'unauthorized',
      'Expected an API key or a token that this server takes.',
    );
  }

  #keyOf(secret: string | null, address: string | undefined): KeyEntry {
    const entry = secret === null ? undefined : this.#options.keys?.findKey(secret, this.#now());
    if (entry) return entry;
    this.#expectNotBlocked(address);
    if (secret === null)
      throw new AuthRefusal(
        'missing',
        'unauthorized',
        'Expected the header Authorization: Bearer SECRET, or the subprotocols bearer, SECRET; got neither.',
      );
    throw new AuthRefusal('unknown_key', 'unauthorized', 'Expected an API key that is valid.');
  }

  #expectNotBlocked(address: string | undefined): void {
    if (address === undefined || !this.#attempts.isBlocked(address, this.#now())) return;
    throw new AuthRefusal(
      'too_many_attempts',
      'rate_limited',
      'Expected fewer failed attempts from one address; wait some seconds.',
    );
  }

  async #counted<T>(
    { address: remote, forwardedFor, transport }: Credentials,
    check: (address: string | undefined) => Promise<T>,
  ): Promise<T> {
    const address = this.#addresses.of(remote, forwardedFor);
    try {
      return await check(address);
    } catch (error) {
      if (error instanceof AuthRefusal) {
        const isGuess = !['too_many_attempts', 'key_set_unavailable'].includes(error.reason);
        if (address !== undefined && isGuess) this.#attempts.add(address, this.#now());
        this.onRefusal?.(transport, error.reason);
      }
      throw error;
    }
  }
}
