/** JSON web tokens that somebody else issues: an identity provider, or a backend that shares a secret. */
import { UndertoneError } from '@undertone/core';
import { isLoopback } from '../config/loopback.ts';
import { LimitsError, readLimits } from './limits.ts';
import type { Principal } from './principal.ts';
import { AuthRefusal } from './refusal-reason.ts';
import {
  keySetSource,
  publicKeySource,
  remoteKeySetSource,
  secretSource,
  type TokenSource,
  verifyToken,
} from './token-verifier.ts';
import { defaultPollMs, type OnReload, readSettingFile, reload, WatchedFiles } from './watched-file.ts';

/** Of texts an empty one means none. */
export interface ExternalTokenSettings {
  readonly jwtSecret: string;
  readonly jwtPublicKeyFile: string;
  /** `https://`, or `file://` for a key set that is mounted. */
  readonly jwtJwksUrl: string;
  readonly jwtIssuer: string;
  readonly jwtAudience: string;
}

/** What can change while tokens are taken. */
type ChangingTokenSettings = Pick<ExternalTokenSettings, 'jwtSecret' | 'jwtIssuer' | 'jwtAudience'>;

export class ExternalTokens {
  #settings: ExternalTokenSettings;
  readonly #remote: TokenSource | null;
  readonly #watched: WatchedFiles;
  #sources: readonly TokenSource[] = [];

  /** @throws UndertoneError `bad_config`, `file_not_found` */
  constructor(settings: ExternalTokenSettings, onReload?: OnReload, pollMs: number = defaultPollMs) {
    const { jwtPublicKeyFile, jwtJwksUrl } = settings;
    this.#settings = settings;
    expectAudience(settings);
    const jwks = jwtJwksUrl ? keySetUrl(jwtJwksUrl) : null;
    this.#remote = jwks && jwks.protocol !== 'file:' ? remoteKeySetSource(jwks) : null;
    const files = [jwtPublicKeyFile, jwks?.protocol === 'file:' ? jwks.pathname : ''].filter(Boolean);
    this.#watched = new WatchedFiles(files, pollMs, () =>
      reload('keys of tokens', () => this.prepare(), onReload),
    );
    try {
      this.prepare()();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether a token with this algorithm can be checked. */
  takes(algorithm: string): boolean {
    return this.#sources.some(({ algorithms }) => algorithms.includes(algorithm));
  }

  /** @throws AuthRefusal */
  async principalOf(token: string, algorithm: string): Promise<Principal> {
    const { jwtIssuer: issuer, jwtAudience: audience } = this.#settings;
    let refusal: unknown;
    for (const source of this.#sources) {
      if (!source.algorithms.includes(algorithm)) continue;
      try {
        const { sub, ...claims } = await verifyToken(token, source, { issuer, audience });
        const limits = readLimits(claims, 'max_sessions');
        // An issuer cannot name a subject that counts as somebody's API key.
        return { id: `jwt:${sub}`, anonymous: false, ...limits };
      } catch (error) {
        if (error instanceof LimitsError)
          throw new AuthRefusal('bad_token', 'unauthorized', `Expected the token's claim ${error.message}.`);
        refusal = error;
      }
    }
    throw refusal ?? new AuthRefusal('bad_token', 'unauthorized', 'Expected a token that this server takes.');
  }

  /**
   * Reads the files.
   * @param changed takes the place of what was configured; files and addresses stay
   * @returns takes what was read into effect
   * @throws UndertoneError `file_not_found`, `bad_config`
   */
  prepare(changed: Partial<ChangingTokenSettings> = {}): () => void {
    const { jwtSecret, jwtIssuer, jwtAudience } = { ...this.#settings, ...changed };
    const settings = { ...this.#settings, jwtSecret, jwtIssuer, jwtAudience };
    expectAudience(settings);
    const sources = this.#read(settings);
    return () => {
      this.#settings = settings;
      this.#sources = sources;
    };
  }

  close(): void {
    this.#watched.close();
  }

  #read({ jwtSecret, jwtPublicKeyFile, jwtJwksUrl }: ExternalTokenSettings): readonly TokenSource[] {
    const sources: TokenSource[] = [];
    if (jwtSecret) sources.push(secretSource('jwtSecret', jwtSecret));
    if (jwtPublicKeyFile)
      sources.push(
        publicKeySource('jwtPublicKeyFile', readSettingFile('jwtPublicKeyFile', jwtPublicKeyFile)),
      );
    if (this.#remote) sources.push(this.#remote);
    else if (jwtJwksUrl) {
      const file = new URL(jwtJwksUrl).pathname;
      sources.push(keySetSource('jwtJwksUrl', readSettingFile('jwtJwksUrl', file)));
    }
    return sources;
  }
}

/** @throws UndertoneError `bad_config` */
function expectAudience({ jwtPublicKeyFile, jwtJwksUrl, jwtAudience }: ExternalTokenSettings): void {
  // Whoever holds any token of that provider, for whatever service, would be let in.
  if ((jwtPublicKeyFile || jwtJwksUrl) && !jwtAudience)
    throw new UndertoneError(
      'bad_config',
      'Expected jwtAudience beside jwtPublicKeyFile and jwtJwksUrl: the name that tokens for this server carry as aud.',
    );
}

/** @throws UndertoneError `bad_config` */
function keySetUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  // Whoever could change the keys on their way could let in anybody.
  const isLocal = url?.protocol === 'http:' && isLoopback(url.hostname);
  if (!url || !(isLocal || url.protocol === 'https:' || url.protocol === 'file:'))
    throw new UndertoneError(
      'bad_config',
      'Expected jwtJwksUrl to begin with https:// or file://; it does not.',
    );
  return url;
}
