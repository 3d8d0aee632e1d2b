/** Finds the one secret that a caller shows, and the subprotocol that the server may repeat. */

import type { Credentials } from './principal.ts';
import { AuthRefusal } from './refusal-reason.ts';

// Tokens of identity providers reach some kilobytes; Node itself takes 16 KiB of headers.
const maxSecretLength = 8192;
const headerForm = /^(bearer|token) +([\x21-\x7e]+) *$/i;
/** A subprotocol is a token of RFC 9110, which base64url and the dots of a JSON web token are. */
const secretForm = /^[\w!#$%&'*+.^`|~-]+$/;
const schemes = new Set(['bearer', 'token']);
/** Names under which clients of other services put secrets into addresses, where every log on the way keeps them. */
const secretNames = new Set(['token', 'access_token', 'api_key', 'apikey', 'key', 'authorization']);

/**
 * @returns the secret of `Authorization: Bearer|Token SECRET` or of the subprotocols `bearer, SECRET` or `token, SECRET`;
 * null if there is none
 * @throws AuthRefusal
 */
export function readBearer({ authorization, subprotocols, target }: Credentials): string | null {
  expectNoSecretInTarget(target ?? '');
  const fromHeader = authorization === undefined ? null : readHeader(authorization);
  const fromSubprotocol = readSubprotocols(subprotocols ?? []);
  if (fromHeader !== null && fromSubprotocol !== null && fromHeader !== fromSubprotocol)
    throw malformed('Expected one credential; the header Authorization and the subprotocol differ.');
  const secret = fromHeader ?? fromSubprotocol;
  if (secret !== null && secret.length > maxSecretLength)
    throw malformed(`Expected a credential of at most ${maxSecretLength} characters; got ${secret.length}.`);
  return secret;
}

/**
 * The subprotocol to answer with: the first of `known` that was offered, else the word in front of a secret, since browsers
 * expect one of what they offered; never the secret.
 * @returns false for none
 */
export function answeredSubprotocol(offered: Iterable<string>, known: readonly string[]): string | false {
  const list = [...offered];
  const scheme = schemeIndex(list);
  const names = scheme < 0 ? list : list.toSpliced(scheme + 1, 1);
  return known.find((name) => names.includes(name)) ?? (scheme < 0 ? false : list[scheme]!);
}

function readHeader(header: string): string {
  const match = header.length <= maxSecretLength + 16 ? headerForm.exec(header) : null;
  if (!match) throw malformed('Expected the header Authorization to be "Bearer SECRET" or "Token SECRET".');
  return match[2]!;
}

function readSubprotocols(offered: readonly string[]): string | null {
  const scheme = schemeIndex(offered);
  if (scheme < 0) return null;
  const secret = offered[scheme + 1];
  if (secret === undefined || !secretForm.test(secret))
    throw malformed('Expected the subprotocol bearer or token to be followed by the credential.');
  return secret;
}

function schemeIndex(offered: readonly string[]): number {
  return offered.findIndex((name) => schemes.has(name.toLowerCase()));
}

function expectNoSecretInTarget(target: string): void {
  const query = target.indexOf('?');
  if (query < 0) return;
  for (const name of new URLSearchParams(target.slice(query)).keys()) {
    if (!secretNames.has(name.toLowerCase())) continue;
    throw new AuthRefusal(
      'in_address',
      'bad_parameter',
      `Expected no credential in the address, where logs keep it; got the parameter ${name}. Send the header Authorization: Bearer SECRET, or in a browser the subprotocols bearer, SECRET. Replace this one.`,
    );
  }
}

function malformed(message: string): AuthRefusal {
  return new AuthRefusal('malformed', 'unauthorized', message);
}
