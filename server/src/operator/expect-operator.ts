/** Who may watch the streams of all callers. */
import type { IncomingMessage } from 'node:http';
import { UndertoneError } from '@undertone/core';
import type { Principal } from '../auth/principal.ts';
import { isLoopback } from '../config/loopback.ts';

/**
 * Credentials that say so. Where there are no credentials, whoever sits at this machine: neither a caller behind a proxy
 * on it nor a page of another name that somebody's DNS points at it.
 * @throws UndertoneError `forbidden`
 */
export function expectOperator({ anonymous, operator }: Principal, request: IncomingMessage): void {
  if (anonymous ? isFromHere(request) : operator === true) return;
  throw new UndertoneError(
    'forbidden',
    anonymous
      ? 'Expected a caller on this machine, because the server has no credentials; got another, or one behind a proxy.'
      : 'Expected credentials with the permission operator (undertone-server keys create --operator); these have not.',
  );
}

function isFromHere({ headers, socket }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => name in headers);
  return (
    isLoopback(socket.remoteAddress ?? '') &&
    isLoopback((headers.host ?? '').replace(/:\d+$/, '')) &&
    !isForwarded &&
    (site === undefined || site === 'same-origin' || site === 'none')
  );
}
