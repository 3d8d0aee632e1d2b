/** What an upgrade request asks for. */
import type { IncomingMessage } from 'node:http';
import { UndertoneError } from '@undertone/core';
import { ProtocolError, parseStreamQuery, type StreamQuery } from '@undertone/proto';
import { type ListenOptions, translateListenQuery } from './listen-query.ts';

export const streamPath = '/v1/stream';
/** Where clients of Deepgram's live API connect. */
export const listenPath = '/v1/listen';

export interface UpgradeRequest {
  readonly query: StreamQuery;
  /** Set for a client of Deepgram's. */
  readonly listen?: ListenOptions;
}

/**
 * @param isServed whether there is a model of that name
 * @throws UndertoneError `not_found`, `bad_parameter`
 */
export function readUpgradeRequest(
  request: IncomingMessage,
  isServed: (model: string) => boolean,
): UpgradeRequest {
  // Not parsed as a URL: a request target such as `//` is none, and throws.
  const target = request.url ?? '';
  const [path = ''] = target.split('?', 1);
  const params = new URLSearchParams(target.slice(path.length));
  if (path === streamPath) return { query: parse(params) };
  if (path === listenPath) {
    const { params: translated, ...listen } = translateListenQuery(params, isServed);
    return { query: parse(translated), listen };
  }
  throw new UndertoneError(
    'not_found',
    `Expected ${streamPath} or ${listenPath}; got ${path.slice(0, 100)}.`,
  );
}

function parse(params: URLSearchParams): StreamQuery {
  try {
    return parseStreamQuery(params);
  } catch (error) {
    if (error instanceof ProtocolError) throw new UndertoneError(error.code, error.message);
    throw error;
  }
}
