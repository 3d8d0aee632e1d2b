/** Streams, tracks, elements and files in a real Chromium. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readWav } from '@undertone/client-sdk/node';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CapturePages, serveCapture } from './support/capture-page.ts';
import { launchChromium } from './support/chromium.ts';
import { heardTone, toneWav } from './support/tone.ts';

const golden = fileURLToPath(new URL('../golden/wav', import.meta.url));
const short = toneWav({ hz: 440, seconds: 2, sampleRateHz: 44_100, amplitude: 0.1 });
let pages: CapturePages;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  pages = await serveCapture({
    folders: { '/golden/': golden },
    pages: {
      '/at-once': '<!doctype html><script type="module" src="at-once.js"></script>',
      '/at-once.js': `import { fromElement } from './capture/capture.js';
        fromElement(new Audio('tone.wav')).catch((error) => {
          document.title = error.code + ': ' + error.message;
        });`,
    },
  });
  pages.answer('/tone.wav', (response) => void response.setHeader('content-type', 'audio/wav').end(short));
  pages.answer('/broken.wav', (response) => void response.end(short.subarray(0, 20)));
  browser = await launchChromium({ args: ['--autoplay-policy=document-user-activation-required'] });
  page = await browser.newPage();
  await page.goto(pages.url);
});
afterAll(async () => {
  await browser.close();
  await pages.close();
});

describe('fromElement', () => {
  it('says to call it from a click where the browser wants one', async () => {
    // Scripts of the test count as gestures of the user, those of the page do not.
    const fresh = await browser.newPage();
    await fresh.goto(`${pages.origin}/at-once`);
    await expect
      .poll(() => fresh.title())
      .toMatch(/^audio_context_blocked: .*AudioContext is suspended.*call this from a click/);
    await fresh.close();
  });

  it('gives what the element plays, until it ends, and again when it plays again', async () => {
    await page.click('button');
    const found = await page.evaluate(async () => {
      const audio = new Audio('tone.wav');
      const heard: number[][] = [];
      for (let time = 0; time < 2; time++) {
        const input = await capture.fromElement(audio);
        await audio.play();
        const samples: number[] = [];
        for await (const part of input) if (part instanceof Int16Array) samples.push(...part);
        heard.push(samples);
      }
      return heard;
    });
    for (const samples of found) {
      expect(samples.length).toBeGreaterThan(24_000);
      const { dbfs, share } = heardTone(samples, 440, 16_000);
      expect(dbfs).toBeCloseTo(-23, 0);
      expect(share).toBeGreaterThan(0.98);
    }
  });

  it('refuses an element that another context has taken', async () => {
    const code = await page.evaluate(async () => {
      const audio = new Audio('tone.wav');
      new AudioContext().createMediaElementSource(audio);
      return capture.fromElement(audio).catch((error) => error.code);
    });
    expect(code).toBe('bad_parameter');
  });
});

describe('fromTrack', () => {
  it('gives the remote track of a call, and ends with it', async () => {
    const found = await page.evaluate(async () => {
      const context = new AudioContext();
      const oscillator = new OscillatorNode(context, { frequency: 440 });
      const out = context.createMediaStreamDestination();
      oscillator.connect(new GainNode(context, { gain: 0.1 })).connect(out);
      oscillator.start();
      const [here, there] = [new RTCPeerConnection(), new RTCPeerConnection()];
      here.onicecandidate = ({ candidate }) => candidate && there.addIceCandidate(candidate);
      there.onicecandidate = ({ candidate }) => candidate && here.addIceCandidate(candidate);
      const arrived = new Promise<MediaStreamTrack>((resolve) => {
        there.ontrack = ({ track }) => resolve(track);
      });
      here.addTrack(out.stream.getAudioTracks()[0]!, out.stream);
      await here.setLocalDescription();
      await there.setRemoteDescription(here.localDescription!);
      await there.setLocalDescription();
      await here.setRemoteDescription(there.localDescription!);
      const input = await capture.fromTrack(await arrived);
      const samples: number[] = [];
      for await (const part of input) {
        if (!(part instanceof Int16Array)) continue;
        // Until packets come through the network it is silent.
        if (samples.length > 0 || part.some((value) => Math.abs(value) > 1000)) samples.push(...part);
        if (samples.length >= 32_000) there.close();
        if (samples.length >= 64_000) break;
      }
      here.close();
      await context.close();
      return { samples, settings: input.settings, state: input.state };
    });
    expect(found.state).toBe('ended');
    expect(found.samples.length).toBeLessThan(64_000);
    expect(found.settings).toMatchObject({ deviceKind: 'track' });
    const { dbfs, share } = heardTone(found.samples.slice(0, 32_000), 440, 16_000);
    expect(dbfs).toBeCloseTo(-23, 0);
    // Opus is not exact.
    expect(share).toBeGreaterThan(0.9);
  });

  it('refuses what is no audio track', async () => {
    const codes = await page.evaluate(async () => {
      const video = document.createElement('canvas').captureStream().getTracks()[0]!;
      return Promise.all([
        capture.fromTrack(video).catch((error) => error.message),
        capture.fromMediaStream(new MediaStream([video])).catch((error) => error.message),
      ]);
    });
    expect(codes).toEqual([
      'Expected an audio MediaStreamTrack; got a video track.',
      'Expected a MediaStream with an audio track; got 1 others.',
    ]);
  });
});

describe('fromMediaStream', () => {
  it('leaves the tracks to their owner when it is stopped', async () => {
    const found = await page.evaluate(async () => {
      const context = new AudioContext();
      const { stream } = context.createMediaStreamDestination();
      const input = await capture.fromMediaStream(stream, { channels: 2 });
      await input.stop();
      await input.stop();
      return [input.format.channels, stream.getTracks()[0]!.readyState];
    });
    expect(found).toEqual([2, 'live']);
  });
});

describe('fromFile', () => {
  const read = (path: string, options = {}) =>
    page.evaluate(
      async ({ path, options }) => {
        const bytes = await (await fetch(path)).arrayBuffer();
        try {
          const input = await capture.fromFile(new File([bytes], path), options);
          const samples: number[] = [];
          for await (const part of input) if (part instanceof Int16Array) samples.push(...part);
          return { samples, format: input.format };
        } catch (error) {
          const { code, message } = error as Error & { code: string };
          return { code, message };
        }
      },
      { path, options },
    );

  it('gives the very samples of a WAV file, at its own rate', async () => {
    const expected = readWav(readFileSync(`${golden}/speech_angry_f.wav`));
    const found = await read('golden/speech_angry_f.wav');
    expect(found.format).toEqual({
      encoding: 'linear16',
      sampleRateHz: expected.sampleRateHz,
      channels: expected.channels,
    });
    const { buffer, byteOffset, byteLength } = expected.bytes;
    const samples16 = [...new Int16Array(buffer, byteOffset, byteLength / 2)];
    expect(found.samples).toEqual(samples16);
    const { samples, format } = await read('tone.wav', { realTime: true, packetMs: 1000 });
    expect([samples!.length, format!.sampleRateHz]).toEqual([88_200, 44_100]);
  });

  it('refuses what is no audio with the name of the file', async () => {
    expect(await read('broken.wav')).toEqual({
      code: 'unsupported_format',
      message: expect.stringContaining('got broken.wav (no type, 20 bytes)'),
    });
  });

  it('decodes what the browser itself has recorded', async () => {
    const found = await page.evaluate(async () => {
      const context = new AudioContext();
      const out = context.createMediaStreamDestination();
      const oscillator = new OscillatorNode(context, { frequency: 440 });
      oscillator.connect(out);
      oscillator.start();
      const recorder = new MediaRecorder(out.stream);
      const recorded = new Promise<Blob>((resolve) => {
        recorder.ondataavailable = ({ data }) => resolve(data);
      });
      recorder.start();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      recorder.stop();
      const input = await capture.fromFile(await recorded);
      const samples: number[] = [];
      for await (const part of input) if (part instanceof Int16Array) samples.push(...part);
      await context.close();
      return { samples, format: input.format };
    });
    const { sampleRateHz, channels } = found.format;
    expect(sampleRateHz).toBe(48_000);
    const first = found.samples.filter((_, i) => i % channels === 0);
    expect(heardTone(first, 440, 48_000).share).toBeGreaterThan(0.9);
  });
});

describe('fromReadableStream', () => {
  it('gives the chunks as they are, and cancels the stream when the loop is left', async () => {
    const found = await page.evaluate(async () => {
      let cancelled = false;
      const stream = new ReadableStream<Int16Array>({
        pull: (controller) => controller.enqueue(new Int16Array([1, 2, 3])),
        cancel: () => {
          cancelled = true;
        },
      });
      const format = { encoding: 'linear16', sampleRateHz: 8000, channels: 1 } as const;
      const input = capture.fromReadableStream(stream, format);
      let first: number[] = [];
      for await (const chunk of input) {
        first = [...(chunk as Int16Array)];
        break;
      }
      return { first, format: input.format, cancelled };
    });
    expect(found).toEqual({
      first: [1, 2, 3],
      format: { encoding: 'linear16', sampleRateHz: 8000, channels: 1 },
      cancelled: true,
    });
  });
});
