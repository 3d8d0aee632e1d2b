/**
 * Which web pages may connect. A browser lets any page open a WebSocket to any host, and to the loopback address of its
 * own machine; it tells which page by the header `Origin`. Callers that are no browsers send none and are not concerned.
 */
import { UndertoneError } from '@undertone/core';
import { isLoopback } from '../config/loopback.ts';
import { AuthRefusal } from './refusal-reason.ts';

export interface OriginRuleOptions {
  /** Such as `https://app.example.com`; `*` is any page; an empty list allows pages of the host that is asked. */
  readonly allowed: readonly string[];
  /**
   * Whether only pages of this machine are the same host: where nobody needs credentials, a name that somebody's DNS
   * points at this machine must not pass for it.
   */
  readonly loopbackOnly: boolean;
}

export class OriginRule {
  readonly #allowed: ReadonlySet<string>;
  readonly #loopbackOnly: boolean;

  /** @throws UndertoneError `bad_config` */
  constructor({ allowed, loopbackOnly }: OriginRuleOptions) {
    for (const origin of allowed) {
      if (origin !== '*' && hostOf(origin) === null)
        throw new UndertoneError(
          'bad_config',
          `Expected allowOrigin to list origins such as https://app.example.com, or *; got "${origin}".`,
        );
    }
    this.#allowed = new Set(allowed.map((origin) => origin.toLowerCase()));
    this.#loopbackOnly = loopbackOnly;
  }

  /** @throws AuthRefusal `forbidden` */
  expectAllowed(origin: string | undefined, host: string | undefined): void {
    if (this.isAllowed(origin, host)) return;
    throw new AuthRefusal(
      'origin',
      'forbidden',
      'Expected a page of this host, or one that the server lists (allowOrigin); this one is neither.',
    );
  }

  isAllowed(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined || this.#allowed.has('*') || this.#allowed.has(origin.toLowerCase()))
      return true;
    return this.#allowed.size === 0 && this.#isSameHost(origin, host);
  }

  #isSameHost(origin: string, host: string | undefined): boolean {
    const from = hostOf(origin);
    if (from === null || host === undefined || from.host !== host.toLowerCase()) return false;
    return !this.#loopbackOnly || isLoopback(from.hostname);
  }
}

/** Null if the text is no origin: scheme and host, and nothing else. */
function hostOf(origin: string): URL | null {
  if (!URL.canParse(origin)) return null;
  const url = new URL(origin);
  return url.origin === origin.toLowerCase() ? url : null;
}
