/** The recogniser of the device, in pages made in each of the ways that docs/browser.md tells of, under its strict policy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Recognizer } from '@undertone/client-sdk';
import type { ServerMessage } from '@undertone/proto';
import type { Browser } from 'playwright-core';
import { createServer, build as viteBuild } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { speech } from '../support/speech.ts';
import { createProject, type Project } from './fixtures/installed-sdk.ts';
import {
  hearInPage,
  type LocalPage,
  openPage,
  recogniseInPage,
  servePlainPage,
} from './fixtures/local-page.ts';
import { expectSameMessages } from './fixtures/same-messages.ts';
import { launchChromium } from './support/chromium.ts';
import { serveStatic, strictPolicy } from './support/static-server.ts';

const samples = speech('speech_angry_f', 'speech_sad_m');
let browser: Browser;
let project: Project;
let expected: ServerMessage[];

beforeAll(async () => {
  browser = await launchChromium({ microphone: 'beeps' });
  project = createProject();
  expected = await recogniseInNode(testModelFolder());
});
afterAll(async () => {
  await browser?.close();
  project?.remove();
});

async function recogniseInNode(model: string): Promise<ServerMessage[]> {
  const recognizer = new Recognizer({ mode: 'local', model });
  const messages: ServerMessage[] = [];
  recognizer.on('message', (message) => messages.push(message));
  await recognizer.write(samples);
  await recognizer.close();
  return messages;
}

/** A page of its own profile, so that nothing is cached. */
async function expectRecognised(url: string): Promise<void> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await openPage(page, url);
    const { messages, error } = await recogniseInPage(page, samples);
    expect(error).toBeNull();
    expectSameMessages(messages, expected, 1e-3);
    expect(await hearInPage(page)).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
  }
}

describe('the local recogniser gives what it gives in Node, to 1e-3', () => {
  it('in a page without a bundler', async () => {
    const server = await servePlainPage();
    try {
      await expectRecognised(server.origin);
    } finally {
      await server.close();
    }
  });

  it('in a page built by Vite', async () => {
    const outDir = join(project.folder, 'built-by-vite');
    await viteBuild({
      root: project.folder,
      configFile: false,
      logLevel: 'error',
      base: './',
      build: { outDir },
    });
    const server = await serveStatic({ folders: { '/somewhere/': outDir } });
    try {
      await expectRecognised(`${server.origin}/somewhere/`);
    } finally {
      await server.close();
    }
  });

  it("in a page of Vite's development server", async () => {
    const server = await createServer({
      root: project.folder,
      configFile: false,
      logLevel: 'error',
      server: { host: '127.0.0.1', headers: { 'content-security-policy': strictPolicy }, watch: null },
    });
    try {
      await server.listen(0);
      await expectRecognised(server.resolvedUrls!.local[0]!);
    } finally {
      await server.close();
    }
  });

  it('in a page built by webpack', async () => {
    const { default: webpack } = await import('webpack');
    const path = join(project.folder, 'built-by-webpack');
    const compiler = webpack({
      mode: 'production',
      context: project.folder,
      entry: './main.js',
      output: { path, filename: 'main.js' },
      performance: false,
    })!;
    const stats = await new Promise<import('webpack').Stats>((resolve, reject) => {
      compiler.run((error, result) => (error || !result ? reject(error) : resolve(result)));
    });
    await new Promise((resolve) => compiler.close(resolve));
    expect(stats.toJson({ all: false, errors: true, warnings: true })).toMatchObject({
      errors: [],
      warnings: [],
    });
    const page = '<!doctype html><link rel="icon" href="data:,"><script src="main.js"></script>';
    const server = await serveStatic({ folders: { '/': path }, pages: { '/': page } });
    try {
      await expectRecognised(server.origin);
    } finally {
      await server.close();
    }
  });
});

it('the page is told to be served under the policy that these pages stand under', () => {
  const text = readFileSync(new URL('../../docs/browser.md', import.meta.url), 'utf8');
  expect(text).toContain(`\n${strictPolicy}\n`);
});

it('takes every change of a running stream as Node does', async () => {
  const server = await servePlainPage();
  const page = await browser.newPage();
  try {
    await openPage(page, server.origin);
    const ofPage = await page.evaluate(async (given) => {
      const { undertone } = globalThis as unknown as LocalPage;
      const recognizer = new undertone.Recognizer({ mode: 'local' });
      const messages: ServerMessage[] = [];
      recognizer.on('message', (message) => messages.push(message));
      const audio = Int16Array.from(given);
      await recognizer.write(audio.slice(0, 40_000));
      await recognizer.configure({ intervalMs: 500, endpointingMs: 300 });
      await recognizer.gap(8000);
      await recognizer.write(audio.slice(40_000, 70_000));
      await recognizer.finalize();
      await recognizer.pause();
      await recognizer.write(audio.slice(70_000, 80_000));
      await recognizer.resume();
      await recognizer.write(audio.slice(80_000));
      await recognizer.close();
      return messages;
    }, Array.from(samples));
    const recognizer = new Recognizer({ mode: 'local', model: testModelFolder() });
    const ofNode: ServerMessage[] = [];
    recognizer.on('message', (message) => ofNode.push(message));
    await recognizer.write(samples.slice(0, 40_000));
    await recognizer.configure({ intervalMs: 500, endpointingMs: 300 });
    await recognizer.gap(8000);
    await recognizer.write(samples.slice(40_000, 70_000));
    await recognizer.finalize();
    await recognizer.pause();
    await recognizer.write(samples.slice(70_000, 80_000));
    await recognizer.resume();
    await recognizer.write(samples.slice(80_000));
    await recognizer.close();
    expect(ofPage.map(({ type }) => type)).toContain('Gap');
    expectSameMessages(ofPage, ofNode, 1e-3);
  } finally {
    await page.close();
    await server.close();
  }
});

it('the model with weights of 8 bits gives in a page what it gives in Node, to 1e-3', async () => {
  const ofNode = await recogniseInNode('int8');
  const server = await servePlainPage();
  const page = await browser.newPage();
  try {
    await openPage(page, server.origin);
    const { messages } = await recogniseInPage(page, samples, { model: 'int8' });
    expect(messages[0]).toMatchObject({ type: 'Begin', config: { model: expect.stringMatching(/-int8@/) } });
    expectSameMessages(messages, ofNode, 1e-3);
  } finally {
    await page.close();
    await server.close();
  }
});
