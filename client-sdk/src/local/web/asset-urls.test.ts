import { describe, expect, it } from 'vitest';
import { assetUrls, localAssets } from './asset-urls.ts';

describe('assetUrls', () => {
  it('puts everything into the folder of assetBase, with or without a slash at its end', () => {
    for (const base of ['https://page.example/undertone', new URL('https://page.example/undertone/')]) {
      const urls = assetUrls(base);
      expect(urls.worker.href).toBe('https://page.example/undertone/local-worker.js');
      expect(localAssets(urls, 'int8')).toEqual({
        wasmUrl: 'https://page.example/undertone/ort-wasm-simd-threaded.wasm',
        modelUrl: 'https://page.example/undertone/models/int8.bin',
        shipped: 'int8',
      });
    }
  });

  it('takes every other name of a model for the URL of its folder', () => {
    const { modelUrl, shipped } = localAssets(assetUrls(), 'https://page.example/models/mine');
    expect([modelUrl, shipped]).toEqual(['https://page.example/models/mine/', null]);
  });

  it('refuses what is no URL, with the name of the option', () => {
    expect(() => assetUrls('http://')).toThrow(
      expect.objectContaining({
        code: 'bad_parameter',
        message: expect.stringMatching(/assetBase.*"http:\/\/"/),
      }),
    );
    expect(() => localAssets(assetUrls(), 'https://[')).toThrow(/Expected model to be the URL/);
  });
});
