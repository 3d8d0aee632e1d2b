import { createHash, webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AssetStore, type AssetStoreOptions, type CacheLike } from './asset-store.ts';

const url = 'https://page.example/assets/model.bin';
const bytes = new TextEncoder().encode('weights');
const hash = createHash('sha256').update(bytes).digest('hex');

/** A Cache as the standard has it, as far as it is used. */
class MemoryCache implements CacheLike {
  readonly entries = new Map<string, Uint8Array<ArrayBuffer>>();

  async match(key: string): Promise<Response | undefined> {
    const found = this.entries.get(key);
    return found && new Response(found);
  }

  async put(key: string, response: Response): Promise<void> {
    this.entries.set(key, new Uint8Array(await response.arrayBuffer()));
  }

  async delete(key: string): Promise<boolean> {
    return this.entries.delete(key);
  }

  async keys(): Promise<readonly { readonly url: string }[]> {
    return [...this.entries.keys()].map((each) => ({ url: each }));
  }
}

interface Network {
  readonly store: AssetStore;
  readonly asked: string[];
}

function network(answer: (n: number) => Response, options: Partial<AssetStoreOptions> = {}): Network {
  const asked: string[] = [];
  const store = new AssetStore({
    fetch: async (address, { cache }) => {
      asked.push(`${cache} ${address}`);
      return answer(asked.length);
    },
    caches: null,
    subtle: webcrypto.subtle as unknown as SubtleCrypto,
    origin: 'https://page.example',
    ...options,
  });
  return { store, asked };
}

const good = (): Response => new Response(bytes);

describe('AssetStore', () => {
  it('fetches a file once, and takes it from the cache from then on', async () => {
    const cache = new MemoryCache();
    const { store, asked } = network(good, { caches: { open: async () => cache } });
    expect(await store.read(url, hash)).toEqual(bytes);
    expect(await store.read(url, hash)).toEqual(bytes);
    expect(asked).toEqual([`default ${url}`]);
    expect([...cache.entries.keys()]).toEqual([`https://page.example/undertone-assets-1/${hash}`]);
  });

  it('fetches a file again whose entry in the cache is damaged, and repairs the entry', async () => {
    const cache = new MemoryCache();
    const { store, asked } = network(good, { caches: { open: async () => cache } });
    await store.read(url, hash);
    const key = [...cache.entries.keys()][0]!;
    cache.entries.set(key, new TextEncoder().encode('weightz'));
    expect(await store.read(url, hash)).toEqual(bytes);
    expect(asked).toHaveLength(2);
    expect(cache.entries.get(key)).toEqual(bytes);
  });

  it('keeps the newest eight files', async () => {
    const cache = new MemoryCache();
    let content = '';
    const { store } = network(() => new Response(content), { caches: { open: async () => cache } });
    const hashes: string[] = [];
    for (let i = 0; i < 10; i++) {
      content = `version ${i}`;
      hashes.push(createHash('sha256').update(content).digest('hex'));
      await store.read(url, hashes[i]!);
    }
    const kept = [...cache.entries.keys()].map((key) => key.split('/').at(-1));
    expect(kept).toEqual(hashes.slice(2));
  });

  it.each<[string, AssetStoreOptions['caches']]>([
    ['there is no cache', null],
    ['the cache may not be opened', { open: () => Promise.reject(new Error('denied')) }],
    [
      'the cache is full',
      {
        open: async () =>
          Object.assign(new MemoryCache(), { put: () => Promise.reject(new Error('QuotaExceeded')) }),
      },
    ],
  ])('works where %s', async (_, caches) => {
    const { store, asked } = network(good, { caches });
    expect(await store.read(url, hash)).toEqual(bytes);
    expect(await store.read(url, hash)).toEqual(bytes);
    expect(asked).toHaveLength(2);
  });

  it("asks past the browser's own cache when other bytes come, and takes them if they are right then", async () => {
    const { store, asked } = network((n) => (n === 1 ? new Response('old') : good()));
    expect(await store.read(url, hash)).toEqual(bytes);
    expect(asked).toEqual([`default ${url}`, `reload ${url}`]);
  });

  it('refuses bytes of another hash, names both, and keeps nothing', async () => {
    const cache = new MemoryCache();
    const { store } = network(() => new Response('other'), { caches: { open: async () => cache } });
    await expect(store.read(url, hash)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringMatching(new RegExp(`${url} with SHA-256 ${hash}; found [0-9a-f]{64}\\.`)),
    });
    expect(cache.entries.size).toBe(0);
  });

  it('asks each time for a file that may change', async () => {
    const { store, asked } = network(good);
    await store.read(url, null);
    await store.read(url, null);
    expect(asked).toEqual([`no-cache ${url}`, `no-cache ${url}`]);
  });

  it.each([
    [
      'an answer that says no',
      () => new Response('', { status: 404, statusText: 'Not Found' }),
      /got 404 Not Found/,
    ],
    [
      'a page instead of the file',
      () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } }),
      /got 200 +\(text\/html; charset=utf-8\)/,
    ],
    [
      'no answer',
      () => {
        throw new TypeError('Failed to fetch');
      },
      /got Failed to fetch/,
    ],
    [
      'an answer that breaks off',
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(bytes);
              controller.error(new TypeError('network error'));
            },
          }),
        ),
      /got network error/,
    ],
  ])('tells of %s with the URL and what came', async (_, answer, message) => {
    const { store } = network(answer);
    const reading = store.read(url, hash);
    await expect(reading).rejects.toMatchObject({ code: 'asset_not_found' });
    await expect(reading).rejects.toThrow(url);
    await expect(reading).rejects.toThrow(message);
  });

  it('says what to do where nothing can be checked because the page is not from a secure origin', async () => {
    const { store } = network(good, { subtle: null, origin: 'http://10.0.0.7' });
    await expect(store.read(url, hash)).rejects.toMatchObject({
      code: 'unsupported_platform',
      message: expect.stringMatching(/https:\/\/ or localhost.*http:\/\/10\.0\.0\.7/),
    });
  });
});
