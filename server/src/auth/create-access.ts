/** Access control as the configuration wants it. */
import { UndertoneError } from '@undertone/core';
import { isLoopback } from '../config/loopback.ts';
import { AccessControl } from './access-control.ts';
import { BrowserTokens } from './browser-tokens.ts';
import { CallerAddress } from './caller-address.ts';
import { type ExternalTokenSettings, ExternalTokens } from './external-tokens.ts';
import { KeyStore } from './key-store.ts';
import { OriginRule } from './origin-rule.ts';
import type { OnReload } from './watched-file.ts';

/** Of texts an empty one means none. */
export interface AccessSettings extends ExternalTokenSettings {
  readonly host: string;
  readonly keysFile: string;
  readonly tokenSecret: string;
  readonly allowOrigin: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly insecureNoAuth: boolean;
  readonly tlsClientCaFile: string;
}

/** Who may enter, with the files behind it. */
export interface Access {
  readonly control: AccessControl;
  /** Null where there are no API keys to make tokens with. */
  readonly browserTokens: BrowserTokens | null;
  /** Whether anybody is let in. */
  readonly isOpen: boolean;
  /**
   * Reads the files again, and takes secrets and origins that have changed; what kinds of credentials there are stays.
   * @returns takes it into effect
   * @throws UndertoneError `file_not_found`, `bad_config`
   */
  prepare(settings: AccessSettings): () => void;
  close(): void;
}

/**
 * @param onReload hears of files that were read again because they changed
 * @throws UndertoneError `bad_config`, `file_not_found`
 */
export function createAccess(settings: AccessSettings, onReload?: OnReload): Access {
  const certificates = settings.tlsClientCaFile !== '';
  const hasTokens = Boolean(settings.jwtSecret || settings.jwtPublicKeyFile || settings.jwtJwksUrl);
  const isOpen = settings.keysFile === '' && !hasTokens && !certificates;
  if (isOpen) expectLoopback(settings);
  const loopbackOnly = isOpen && !settings.insecureNoAuth;
  const origins = new OriginRule({ allowed: settings.allowOrigin, loopbackOnly });
  const files = onReload ? { onReload } : {};
  const addresses = new CallerAddress(settings.trustedProxies);
  const keys = settings.keysFile ? new KeyStore({ file: settings.keysFile, ...files }) : null;
  const browserTokens = keys && new BrowserTokens(settings.tokenSecret, keys);
  const externalTokens = hasTokens ? new ExternalTokens(settings, onReload) : null;
  const control = new AccessControl({
    origins,
    addresses,
    keys,
    browserTokens,
    externalTokens,
    certificates,
  });
  return {
    control,
    browserTokens,
    isOpen,
    prepare: (next) => {
      const { allowOrigin, trustedProxies, tokenSecret, jwtSecret, jwtIssuer, jwtAudience } = next;
      if (jwtSecret && !externalTokens)
        throw new UndertoneError(
          'bad_config',
          'Expected jwtSecret where tokens were taken before; to take them at all needs a restart.',
        );
      const changed = new OriginRule({ allowed: allowOrigin, loopbackOnly });
      const proxies = new CallerAddress(trustedProxies);
      const effects = [
        () => control.useOrigins(changed, proxies),
        keys?.prepare(),
        browserTokens?.prepare(tokenSecret),
        externalTokens?.prepare({ jwtSecret, jwtIssuer, jwtAudience }),
      ];
      return () => {
        for (const effect of effects) effect?.();
      };
    },
    close: () => {
      keys?.close();
      externalTokens?.close();
    },
  };
}

function expectLoopback({ host, insecureNoAuth }: AccessSettings): void {
  if (insecureNoAuth || isLoopback(host)) return;
  throw new UndertoneError(
    'bad_config',
    `Expected credentials for host ${host}, which others reach: set keysFile (undertone-server keys create), jwtSecret, jwtPublicKeyFile, jwtJwksUrl or tlsClientCaFile. Or listen on 127.0.0.1, or let everybody in with --insecure-no-auth.`,
  );
}
