/** Addresses of streams. */
import { UndertoneError } from '@undertone/core';

const streamPath = '/v1/stream';
const protocols: Readonly<Record<string, string>> = {
  'ws:': 'ws:',
  'wss:': 'wss:',
  'http:': 'ws:',
  'https:': 'wss:',
};

/**
 * @param address of a server; the path of a stream is added where there is none
 * @param query parameters of the stream; those of the address stay
 * @throws UndertoneError `bad_parameter`
 */
export function toStreamUrl(address: string, query: string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw badUrl(address, { cause });
  }
  const protocol = protocols[url.protocol];
  if (!protocol || url.host === '') throw badUrl(address);
  const path = url.pathname === '/' ? streamPath : url.pathname;
  const parameters = [url.search.slice(1), query].filter((part) => part !== '').join('&');
  const user = url.username === '' ? '' : `${url.username}:${url.password}@`;
  return `${protocol}//${user}${url.host}${path}${parameters === '' ? '' : `?${parameters}`}`;
}

function badUrl(address: string, options?: ErrorOptions): UndertoneError {
  const expected = 'Expected the URL of a server such as ws://127.0.0.1:8080';
  return new UndertoneError('bad_parameter', `${expected}; got "${String(address).slice(0, 200)}".`, options);
}
