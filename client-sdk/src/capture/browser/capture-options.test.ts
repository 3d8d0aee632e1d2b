import { describe, expect, it } from 'vitest';
import { captureWorkletUrl } from './capture-asset-urls.ts';
import { toCaptureSettings } from './capture-options.ts';

describe('toCaptureSettings', () => {
  it('has defaults for everything', () => {
    expect(toCaptureSettings({})).toMatchObject({ channels: 1, packetMs: 40, maxQueuedMs: 10_000 });
  });

  it.each([
    [{ channels: 3 as 2 }, /channels .* 1 to 2; got 3/],
    [{ packetMs: 101 }, /packetMs .* 20 to 100; got 101/],
    [{ packetMs: Number.NaN }, /packetMs .*; got NaN/],
    [{ maxQueuedMs: 999 }, /maxQueuedMs .* 1000 to 60000; got 999/],
    [{ assetBase: 'http://' }, /assetBase to be a URL; got "http:\/\/"/],
  ])('refuses %o', (options, message) => {
    expect(() => toCaptureSettings(options)).toThrow(
      expect.objectContaining({ code: 'bad_parameter', message: expect.stringMatching(message) }),
    );
  });
});

describe('captureWorkletUrl', () => {
  it('is in the folder of assetBase, with or without a slash at its end, or where workletUrl says', () => {
    const expected = 'https://a.example/b/capture-worklet.js';
    expect(captureWorkletUrl({ assetBase: 'https://a.example/b' }).href).toBe(expected);
    expect(captureWorkletUrl({ assetBase: new URL('https://a.example/b/') }).href).toBe(expected);
    const workletUrl = 'https://a.example/w.js';
    expect(captureWorkletUrl({ assetBase: 'https://b.example', workletUrl }).href).toBe(workletUrl);
  });

  it('is among the files of the browser build otherwise', () => {
    expect(captureWorkletUrl({}).href).toMatch(/\/web\/capture-worklet\.js\?no-inline$/);
  });
});
