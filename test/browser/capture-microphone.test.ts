/** Microphones in a real Chromium: what comes, and what is said when nothing comes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MicrophoneOptions } from '@undertone/client-sdk/browser';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CapturePages, serveCapture } from './support/capture-page.ts';
import { launchChromium, type Microphone } from './support/chromium.ts';
import { heardTone, toneWav } from './support/tone.ts';

let pages: CapturePages;
let folder = '';
let tone: Microphone = 'beeps';
const browsers = new Map<Microphone, Browser>();
let context: BrowserContext | null = null;
beforeAll(async () => {
  pages = await serveCapture();
  folder = mkdtempSync(join(tmpdir(), 'undertone-microphone-'));
  const wav = join(folder, 'tone.wav');
  writeFileSync(wav, toneWav({ hz: 440, seconds: 20, sampleRateHz: 16_000, amplitude: 0.1 }));
  tone = { wav };
});
afterAll(async () => {
  for (const browser of browsers.values()) await browser.close();
  await pages.close();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  await context?.close();
  context = null;
});

declare global {
  /** Of the page: every AudioContext that was made, and every stream of a device. */
  var contexts: AudioContext[];
  var streams: MediaStream[];
}

/** Opens the page; it remembers what the SDK makes, so that a test can take it away. */
async function open({ microphone }: { microphone: Microphone }): Promise<Page> {
  const browser = browsers.get(microphone) ?? (await launchChromium({ microphone }));
  browsers.set(microphone, browser);
  context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.contexts = [];
    globalThis.streams = [];
    const Original = globalThis.AudioContext;
    globalThis.AudioContext = class extends Original {
      constructor(options?: AudioContextOptions) {
        super(options);
        globalThis.contexts.push(this);
      }
    };
    const devices = navigator.mediaDevices;
    const original = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      const stream = await original(constraints);
      globalThis.streams.push(stream);
      return stream;
    };
  });
  await page.goto(pages.url);
  return page;
}

function failure(page: Page, options: MicrophoneOptions = {}): Promise<{ code: string; message: string }> {
  return page.evaluate(async (options) => {
    try {
      await (await capture.microphone(options)).stop();
      return { code: 'none', message: '' };
    } catch (error) {
      const { code, message } = error as Error & { code: string };
      return { code, message };
    }
  }, options);
}

describe('microphone in Chromium', () => {
  it('gives what the device plays, at its level, at 16 kHz, and says what was granted', async () => {
    const page = await open({ microphone: tone });
    const found = await page.evaluate(async () => {
      const input = await capture.microphone({ echoCancellation: false });
      const samples: number[] = [];
      const levels: number[] = [];
      input.on('level', ({ rmsDbfs }) => levels.push(rmsDbfs));
      for await (const part of input) {
        if (part instanceof Int16Array) samples.push(...part);
        if (samples.length >= 32_000) break;
      }
      const live = streams[0]!.getTracks()[0]!.readyState;
      const { format, settings, state } = input;
      return { samples, levels, format, settings, state, live, context: contexts[0]!.state };
    });
    expect(found.format).toEqual({ encoding: 'linear16', sampleRateHz: 16_000, channels: 1 });
    expect(found.settings).toEqual({
      deviceKind: 'microphone',
      echoCancellation: 'false',
      autoGainControl: 'false',
      noiseSuppression: 'false',
    });
    const { dbfs, share } = heardTone(found.samples, 440, 16_000);
    expect(dbfs).toBeCloseTo(-23, 0);
    expect(share).toBeGreaterThan(0.98);
    expect(found.levels.length).toBeGreaterThan(10);
    expect(found.levels.at(-1)).toBeCloseTo(-23, 0);
    // The loop was left: the device is free.
    expect(found).toMatchObject({ state: 'ended', live: 'ended', context: 'closed' });
  });

  it.each<[string, Microphone, MicrophoneOptions, string, RegExp]>([
    ['there is none', 'none', {}, 'microphone_not_found', /connect one/],
    ['the user refuses', 'refused', {}, 'microphone_denied', /Ask the user to allow it/],
    ['it is not the one asked for', 'beeps', { deviceId: 'x' }, 'microphone_not_found', /deviceId/],
    [
      'an option is out of range',
      'beeps',
      { packetMs: 10 },
      'bad_parameter',
      /packetMs .* 20 to 100; got 10/,
    ],
  ])('says what to do when %s', async (_, microphone, options, code, message) => {
    expect(await failure(await open({ microphone }), options)).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('lists devices and the permission without asking', async () => {
    const page = await open({ microphone: 'refused' });
    expect(await page.evaluate(() => capture.audioInputs())).toEqual({
      permission: 'prompt',
      devices: [{ deviceId: '', groupId: '', label: '' }],
    });
    await page.context().grantPermissions(['microphone']);
    const { permission, devices } = await page.evaluate(() => capture.audioInputs());
    expect(permission).toBe('granted');
    expect(devices.length).toBeGreaterThan(1);
    const chosen = devices.at(-1)!;
    expect(chosen.label).toMatch(/Fake Audio Input/);
    const heard = await page.evaluate(async (deviceId) => {
      const input = await capture.microphone({ deviceId });
      await input.stop();
      return streams[0]!.getAudioTracks()[0]!.label;
    }, chosen.deviceId);
    expect(heard).toBe(chosen.label);
  });

  it('names the address of a worklet that is not there, and one that the policy refuses', async () => {
    const page = await open({ microphone: 'beeps' });
    expect(await failure(page, { assetBase: 'nowhere' })).toEqual({
      code: 'asset_not_found',
      message: expect.stringMatching(/\/nowhere\/capture-worklet\.js, .* got 404 .*assetBase/),
    });
    const other = await serveCapture();
    other.answer('/elsewhere.js', (response) => {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('content-type', 'text/javascript').end('');
    });
    const refused = await failure(page, { workletUrl: `${other.origin}/elsewhere.js` });
    await other.close();
    expect(refused).toEqual({ code: 'refused_by_page', message: expect.stringContaining('script-src') });
  });

  it('takes the rate of the device where the browser gives no other', async () => {
    const page = await open({ microphone: tone });
    const found = await page.evaluate(async () => {
      const Original = globalThis.AudioContext;
      globalThis.AudioContext = class extends Original {
        constructor(options?: AudioContextOptions) {
          if (options?.sampleRate === 16_000) throw new DOMException('not here', 'NotSupportedError');
          super(options);
        }
      };
      const input = await capture.microphone({ echoCancellation: false });
      const samples: number[] = [];
      for await (const part of input) {
        if (part instanceof Int16Array) samples.push(...part);
        if (samples.length >= 48_000) break;
      }
      return { samples, format: input.format };
    });
    expect(found.format.sampleRateHz).toBe(48_000);
    expect(heardTone(found.samples, 440, 48_000).share).toBeGreaterThan(0.98);
  });

  it('tells muted time as gaps and hears nothing meanwhile', async () => {
    const page = await open({ microphone: tone });
    const found = await page.evaluate(async () => {
      const input = await capture.microphone();
      const parts: string[] = [];
      const changes: boolean[] = [];
      const track = streams[0]!.getAudioTracks()[0]!;
      let heard = 0;
      let missed = 0;
      input.on('mute', (isMuted) => changes.push(isMuted));
      for await (const part of input) {
        const kind = part instanceof Int16Array ? 'audio' : (part as { reason: string }).reason;
        if (parts.at(-1) !== kind) parts.push(kind);
        if (part instanceof Int16Array) heard += part.length;
        else missed += (part as { lostSamples: number }).lostSamples;
        if (heard >= 4800 && missed === 0 && !input.isMuted) input.mute();
        if (missed >= 8000) input.unmute();
        if (track.enabled === input.isMuted) parts.push('device hears');
        if (missed >= 8000 && heard >= 16_000) break;
      }
      return { parts, changes, lostSamples: input.lostSamples };
    });
    expect(found).toEqual({ parts: ['audio', 'paused', 'audio'], changes: [true, false], lostSamples: 0 });
  });

  it('lets go of the oldest audio when nobody reads, as a gap of its length', async () => {
    const page = await open({ microphone: tone });
    const found = await page.evaluate(async () => {
      const input = await capture.microphone({ maxQueuedMs: 1000 });
      await new Promise((resolve) => setTimeout(resolve, 2500));
      const { lostSamples } = input;
      await input.stop();
      const parts: number[] = [];
      for await (const part of input) parts.push('lostSamples' in part ? -part.lostSamples : part.length);
      return { lostSamples, parts };
    });
    const [gap, ...audio] = found.parts;
    expect(found.lostSamples).toBeGreaterThan(8000);
    expect(-gap!).toBeGreaterThanOrEqual(found.lostSamples);
    expect(audio.every((samples) => samples > 0)).toBe(true);
    expect(audio.reduce((sum, samples) => sum + samples, 0)).toBeLessThanOrEqual(16_000);
  });

  it('ends with aborted, and frees the device, when the signal says so', async () => {
    const page = await open({ microphone: tone });
    const found = await page.evaluate(async () => {
      const caller = new AbortController();
      const input = await capture.microphone({ signal: caller.signal });
      setTimeout(() => caller.abort(), 200);
      try {
        for await (const _ of input);
        return 'no error';
      } catch (error) {
        return [(error as { code: string }).code, streams[0]!.getTracks()[0]!.readyState];
      }
    });
    expect(found).toEqual(['aborted', 'ended']);
  });
});

describe('a microphone that stops', () => {
  /** Reads until audio came again after `break`, and tells of both. */
  const interrupted = (page: Page, how: string, options: MicrophoneOptions = {}) =>
    page.evaluate(
      async ({ how, options }) => {
        const input = await capture.microphone(options);
        const states: string[] = [];
        const devices: string[] = [];
        input.on('state', (state) => states.push(state));
        input.on('deviceChange', ({ deviceKind }) => devices.push(deviceKind!));
        const breaks: Record<string, () => void> = {
          // A phone call: it stays suspended whatever the page asks.
          suspended: () => {
            contexts[0]!.resume = () => new Promise(() => {});
            void contexts[0]!.suspend();
          },
          closed: () => void contexts[0]!.close(),
          unplugged: () => {
            const [track] = streams[0]!.getAudioTracks();
            track!.stop();
            // Browsers fire it for devices that go, not for tracks that are stopped.
            track!.dispatchEvent(new Event('ended'));
          },
          'woken by the user': () => {
            const resume = contexts[0]!.resume.bind(contexts[0]);
            contexts[0]!.resume = () => new Promise(() => {});
            void contexts[0]!.suspend();
            setTimeout(() => {
              contexts[0]!.resume = resume;
              void input.resume();
            }, 700);
          },
        };
        let heard = 0;
        let lost = 0;
        let brokenMs = 0;
        let code = '';
        try {
          for await (const part of input) {
            if ('lostSamples' in part) lost += part.lostSamples;
            else heard += part.length;
            if (brokenMs === 0 && heard >= 8000) {
              brokenMs = performance.now();
              heard = 0;
              breaks[how]!();
            }
            if (brokenMs > 0 && states.at(-1) === 'running' && heard >= 8000) break;
          }
        } catch (error) {
          code = (error as { code: string }).code;
        }
        const elapsed = ((performance.now() - brokenMs) / 1000) * 16_000;
        const counted = { contexts: contexts.length, streams: streams.length };
        return { code, states, devices, missing: elapsed - heard - lost, lost, ...counted };
      },
      { how, options },
    );

  it.each([
    ['suspended', 2],
    ['closed', 2],
    ['woken by the user', 1],
  ])('goes on when its context is %s, and the time between is a gap', async (how, contexts) => {
    const found = await interrupted(await open({ microphone: tone }), how);
    expect(found).toMatchObject({
      code: '',
      states: ['interrupted', 'running', 'ended'],
      contexts,
      streams: 1,
    });
    // What no gap tells is shorter than a quarter of a second, and what waits in the machine.
    expect(Math.abs(found.missing)).toBeLessThan(8000);
  });

  it('goes on with the default device when its own is unplugged', async () => {
    const found = await interrupted(await open({ microphone: tone }), 'unplugged');
    expect(found).toMatchObject({ code: '', devices: ['microphone'], contexts: 2, streams: 2 });
    expect(Math.abs(found.missing)).toBeLessThan(8000);
  });

  it('fails with microphone_lost when that is asked for', async () => {
    const page = await open({ microphone: tone });
    expect(await interrupted(page, 'unplugged', { onDeviceLost: 'fail' })).toMatchObject({
      code: 'microphone_lost',
      states: ['interrupted', 'ended'],
      streams: 1,
    });
  });

  it('fails with microphone_denied when the user withdraws the permission', async () => {
    const page = await open({ microphone: 'refused' });
    await page.context().grantPermissions(['microphone']);
    const ended = page.evaluate(async () => {
      const input = await capture.microphone();
      document.title = 'listening';
      try {
        for await (const _ of input);
        return 'no error';
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    await expect.poll(() => page.title()).toBe('listening');
    await page.context().clearPermissions();
    expect(await ended).toBe('microphone_denied');
  });

  it('neither loses nor doubles time when the system lets the page sleep', async () => {
    const page = await open({ microphone: tone });
    const session = await browsers.get(tone)!.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
    const listening = page.evaluate(async () => {
      const input = await capture.microphone();
      let counted = 0;
      let startMs = 0;
      for await (const part of input) {
        startMs ||= performance.now();
        counted += 'lostSamples' in part ? part.lostSamples : part.length;
        if (performance.now() - startMs > 5500) break;
      }
      return ((performance.now() - startMs) / 1000) * 16_000 - counted;
    });
    await page.waitForTimeout(1500);
    for (const id of renderers) process.kill(id, 'SIGSTOP');
    // Not of the page: it cannot answer.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    for (const id of renderers) process.kill(id, 'SIGCONT');
    // Chromium gives all that was recorded meanwhile as soon as it wakes.
    expect(Math.abs(await listening)).toBeLessThan(8000);
  });

  it('loses nothing while the page is busy', async () => {
    const page = await open({ microphone: tone });
    const found = await page.evaluate(async () => {
      const input = await capture.microphone();
      let heard = 0;
      let isBusy = false;
      const startMs = performance.now();
      for await (const part of input) {
        if ('length' in part) heard += part.length;
        if (!isBusy && heard > 8000) {
          isBusy = true;
          const untilMs = performance.now() + 2000;
          while (performance.now() < untilMs);
        }
        if (heard > 64_000) break;
      }
      const elapsed = ((performance.now() - startMs) / 1000) * 16_000;
      return { missing: elapsed - heard, lostSamples: input.lostSamples };
    });
    expect(found.lostSamples).toBe(0);
    expect(Math.abs(found.missing)).toBeLessThan(8000);
  });
});
