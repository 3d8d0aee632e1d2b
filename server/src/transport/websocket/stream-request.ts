/** What an upgrade request asks for. */
import type { IncomingMessage } from 'node:http';
import { UndertoneError } from '@undertone/core';
import { ProtocolError, parseStreamQuery, type StreamQuery } from '@undertone/proto';

export const streamPath = '/v1/stream';

/** @throws UndertoneError `not_found`, `bad_parameter` */
export function readStreamQuery(request: IncomingMessage): StreamQuery {
  // Not parsed as a URL: a request target such as `//` is none, and throws.
  const target = request.url ?? '';
  const [path = ''] = target.split('?', 1);
  if (path !== streamPath) {
    throw new UndertoneError('not_found', `Expected ${streamPath}; got ${path.slice(0, 100)}.`);
  }
  try {
    return parseStreamQuery(new URLSearchParams(target.slice(path.length)));
  } catch (error) {
    if (error instanceof ProtocolError) throw new UndertoneError(error.code, error.message);
    throw error;
  }
}
