/** Recordings in object storage, by address. Only what the operator lists is asked for, and no redirect is followed. */
import { UndertoneError } from '@undertone/core';
import type { RecordingSource } from './recording-store.ts';

const pieceBytes = 262_144;
/** Answers that may be another one later. */
const later = new Set([408, 425, 429]);

export class UrlSource implements RecordingSource {
  readonly #allowed: readonly URL[];
  readonly #maxBytes: number;

  /** @param allowed addresses; what is below one of them may be read */
  constructor(allowed: readonly string[], maxBytes: number) {
    this.#allowed = allowed.map((each) => new URL(each));
    this.#maxBytes = maxBytes;
  }

  async *read(address: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const url = this.#permitted(address);
    const name = `${url.origin}${url.pathname}`;
    try {
      const response = await fetch(url, { signal, redirect: 'manual' });
      if (response.status !== 200 || !response.body) {
        await response.body?.cancel();
        throw refused(name, response.status);
      }
      this.#expectFits(Number(response.headers.get('content-length') ?? 0));
      let bytes = 0;
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        bytes += chunk.length;
        this.#expectFits(bytes);
        for (let at = 0; at < chunk.length; at += pieceBytes) yield chunk.subarray(at, at + pieceBytes);
      }
    } catch (cause) {
      if (cause instanceof UndertoneError) throw cause;
      const why = (cause as Error & { cause?: Error }).cause?.message ?? (cause as Error).message;
      throw new UndertoneError('connection_failed', `Expected to read ${name}; ${why}.`, { cause });
    }
  }

  #permitted(address: string): URL {
    const url = URL.canParse(address) ? new URL(address) : null;
    // A slash that is written as %2F is one to some servers.
    const isPlain = url !== null && url.username + url.password === '' && !/%2f|%5c|\\/i.test(url.pathname);
    if (isPlain && this.#allowed.some((each) => isBelow(each, url))) return url;
    // Queries often hold a signature.
    const shown = address.split(/[?#]/)[0]!.slice(0, 200);
    throw new UndertoneError('forbidden', `Expected an address below one of archiveUrls; got "${shown}".`);
  }

  #expectFits(bytes: number): void {
    if (bytes > this.#maxBytes)
      throw new UndertoneError(
        'message_too_large',
        `Expected a recording of at most ${this.#maxBytes} bytes; got more.`,
      );
  }
}

function isBelow(allowed: URL, { protocol, host, pathname }: URL): boolean {
  const folder = allowed.pathname.endsWith('/') ? allowed.pathname : `${allowed.pathname}/`;
  return protocol === allowed.protocol && host === allowed.host && pathname.startsWith(folder);
}

function refused(name: string, status: number): UndertoneError {
  if (status >= 500 || later.has(status))
    return new UndertoneError('connection_failed', `Expected to read ${name}; the answer is ${status}.`);
  if (status === 404 || status === 410)
    return new UndertoneError('file_not_found', `Expected a recording at ${name}; the answer is ${status}.`);
  const what = status >= 300 && status < 400 ? `${status}, and redirects are not followed` : String(status);
  return new UndertoneError('forbidden', `Expected to be let read ${name}; the answer is ${what}.`);
}
