/** Who may use the admin listener. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { UndertoneError } from '@undertone/core';
import { isLoopback } from '../config/loopback.ts';

/**
 * With a token, whoever shows it as `Authorization: Bearer`. Without one the listener is on this machine only; then a
 * web page that the operator has open must not use it either, neither directly nor under a name of its own that
 * resolves to 127.0.0.1.
 * @throws UndertoneError `unauthorized`, `forbidden`
 */
export function expectAccess({ headers }: IncomingMessage, token: string): void {
  if (token !== '') {
    const shown = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    if (timingSafeEqual(digest(shown), digest(token))) return;
    throw new UndertoneError(
      'unauthorized',
      'Expected "Authorization: Bearer" with the admin token; got another or none.',
    );
  }
  const name = (headers.host ?? '').replace(/:\d+$/, '');
  if (headers.origin !== undefined || (headers.host !== undefined && !isLoopback(name)))
    throw new UndertoneError(
      'forbidden',
      'Expected a caller on this machine; got a web page or another name.',
    );
}

/** Of equal length, so that comparing tells nothing about either. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
