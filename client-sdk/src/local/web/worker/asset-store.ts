/**
 * Files of the network, each checked against its SHA-256 whenever it is loaded, and kept in the browser's Cache API under that
 * hash: a new version is a new entry, and a damaged entry is fetched again. Where there is no Cache API (private windows of
 * some browsers), or no room, everything works without.
 */
import { UndertoneError } from '@undertone/core';

/** What is used of a `Cache`. */
export interface CacheLike {
  match(key: string): Promise<Response | undefined>;
  put(key: string, response: Response): Promise<void>;
  delete(key: string): Promise<boolean>;
  keys(): Promise<readonly { readonly url: string }[]>;
}

export interface AssetStoreOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly caches: { open(name: string): Promise<CacheLike> } | null;
  /** Null where the page is not from a secure origin. */
  readonly subtle: Pick<SubtleCrypto, 'digest'> | null;
  /** Of the page: the keys of the cache are URLs of it. */
  readonly origin: string;
  /** Bytes came from the network. */
  readonly onProgress?: () => void;
}

const cacheName = 'undertone-assets-1';
/** Of the newest assets; older ones are let go. */
const maxEntries = 8;
/** A file of which nothing comes for so long is given up. */
const stallMs = 30_000;

type Bytes = Uint8Array<ArrayBuffer>;

export class AssetStore {
  readonly #options: AssetStoreOptions;

  constructor(options: AssetStoreOptions) {
    this.#options = options;
  }

  /**
   * @param sha256 64 lower-case hex digits; null for a file that may change, which is then asked for every time
   * @throws UndertoneError `asset_not_found` with what came instead, `model_mismatch` for other bytes,
   * `unsupported_platform`
   */
  async read(url: string, sha256: string | null): Promise<Bytes> {
    if (sha256 === null) return this.#fetch(url, 'no-cache');
    const cached = await this.#cached(sha256);
    if (cached) return cached;
    let bytes = await this.#fetch(url, 'default');
    let found = await this.sha256(bytes);
    if (found !== sha256) {
      // Perhaps the copy of an earlier version, out of the browser's own cache.
      bytes = await this.#fetch(url, 'reload');
      found = await this.sha256(bytes);
    }
    if (found !== sha256) {
      const expected = `Expected ${url} with SHA-256 ${sha256}`;
      const hint = 'Copy the files of this version (npx undertone assets)';
      throw new UndertoneError('model_mismatch', `${expected}; found ${found}. ${hint}.`);
    }
    await this.#keep(sha256, bytes);
    return bytes;
  }

  /** @throws UndertoneError `unsupported_platform` */
  async sha256(bytes: Uint8Array): Promise<string> {
    const { subtle } = this.#options;
    if (!subtle) {
      const expected = 'Expected a page from https:// or localhost, where browsers check files';
      throw new UndertoneError('unsupported_platform', `${expected}; got ${this.#options.origin}.`);
    }
    const digest = await subtle.digest('SHA-256', bytes as Bytes);
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  async #cached(sha256: string): Promise<Bytes | null> {
    try {
      const cache = await this.#cache();
      const response = await cache?.match(this.#key(sha256));
      if (!response) return null;
      const bytes = new Uint8Array(await response.arrayBuffer());
      if ((await this.sha256(bytes)) === sha256) return bytes;
      await cache?.delete(this.#key(sha256));
    } catch (error) {
      if (error instanceof UndertoneError) throw error;
    }
    return null;
  }

  /** Without room the file is fetched again next time. */
  async #keep(sha256: string, bytes: Bytes): Promise<void> {
    try {
      const cache = await this.#cache();
      if (!cache) return;
      await cache.put(this.#key(sha256), new Response(bytes));
      const keys = await cache.keys();
      for (const { url } of keys.slice(0, Math.max(0, keys.length - maxEntries))) await cache.delete(url);
    } catch {}
  }

  async #cache(): Promise<CacheLike | null> {
    return (await this.#options.caches?.open(cacheName)) ?? null;
  }

  #key(sha256: string): string {
    return new URL(`/${cacheName}/${sha256}`, this.#options.origin).href;
  }

  async #fetch(url: string, cache: RequestCache): Promise<Bytes> {
    const stall = new AbortController();
    const stalled = (): void => stall.abort(new Error(`nothing came for ${stallMs} ms`));
    let timer = setTimeout(stalled, stallMs);
    const chunks: Uint8Array[] = [];
    try {
      const response = await this.#options.fetch(url, { cache, signal: stall.signal });
      expectFile(url, response);
      const reader = response.body!.getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        chunks.push(value);
        this.#options.onProgress?.();
        clearTimeout(timer);
        timer = setTimeout(stalled, stallMs);
      }
    } catch (cause) {
      if (cause instanceof UndertoneError) throw cause;
      const reason = stall.signal.aborted ? stall.signal.reason : cause;
      throw notFound(url, reason instanceof Error ? reason.message : String(reason), cause);
    } finally {
      clearTimeout(timer);
    }
    return joined(chunks);
  }
}

/** A page instead of the file is how many servers say that it is not there. */
function expectFile(url: string, response: Response): void {
  const type = response.headers.get('content-type') ?? 'no type';
  if (response.ok && response.body && !type.startsWith('text/html')) return;
  throw notFound(url, `${response.status} ${response.statusText} (${type})`);
}

function notFound(url: string, found: string, cause?: unknown): UndertoneError {
  const hint = url.endsWith('/manifest.json')
    ? 'Expected model to be default, int8, or the URL of a folder with this file'
    : 'Copy the files there (npx undertone assets), or set assetBase to the folder that has them';
  return new UndertoneError('asset_not_found', `Expected a file at ${url}; got ${found}. ${hint}.`, {
    cause,
  });
}

function joined(chunks: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
