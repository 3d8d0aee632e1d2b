/**
 * `npm run demo`: starts a server, streams the bundled call of two actors to it over WebSocket at the speed of speech,
 * and shows what it hears.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Recognizer } from '@undertone/client-sdk';
import { packets, readAudioFile, secondsOf, type WavAudio } from '@undertone/client-sdk/node';
import { createPaint, hasColours } from '@undertone/client-sdk/terminal';
import { UndertoneError } from '@undertone/core';
import { readCallIndex } from './call-index.ts';
import { LiveView } from './live-view.ts';
import { startServer } from './server-process.ts';

const help = `Usage: npm run demo -- [options]

Starts a server on a free port, streams a call of two actors to it and shows what it hears.

Options:
  --fast          as fast as the server takes the call, instead of at the speed of speech
  --json          the server's messages, one per line
  --model FOLDER  model to use (default: the one that ships)
  --help          print this and exit
`;

const packetMs = 100;

interface DemoOptions {
  readonly fast: boolean;
  readonly json: boolean;
  readonly model?: string;
}

/** The files lie beside the source; the build is one folder deeper. */
function demoFile(name: string): string {
  const isBuild = import.meta.url.endsWith('.js');
  return fileURLToPath(new URL(isBuild ? `../${name}` : name, import.meta.url));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      fast: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      model: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupt.abort());
  // A reader that has seen enough (`| head`) is no error, and the server must not outlive it.
  process.stdout.on('error', (error) => {
    process.exit((error as NodeJS.ErrnoException).code === 'EPIPE' ? 0 : 1);
  });
  try {
    await runDemo(values, interrupt.signal);
    return 0;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    return 130;
  }
}

async function runDemo({ fast, json, model }: DemoOptions, signal: AbortSignal): Promise<void> {
  const audio = await readAudioFile(demoFile('call.wav'));
  // Actors, not employees: this is why the agent's channel is analysed here. See docs/responsible-use.md.
  const flags = ['--allow-role', 'agent', ...(model === undefined ? [] : ['--model', model])];
  const server = await startServer(flags, signal);
  try {
    await runCall(server.url, audio, fast, json, signal);
  } finally {
    await server.stop();
  }
}

async function runCall(
  url: string,
  audio: WavAudio,
  fast: boolean,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  const view = json ? null : createView();
  const stream = new Recognizer({
    url,
    encoding: audio.encoding,
    sampleRateHz: audio.sampleRateHz,
    channels: audio.channels,
    channelRoles: ['customer', 'agent'],
    analyze: ['customer', 'agent'],
    purpose: 'personal_training',
    intervalMs: 500,
    // The server is this program's own: when it is gone, it is gone.
    reconnect: false,
    signal,
  });
  stream.on('message', (message) => {
    if (view) view.message(message);
    else process.stdout.write(`${JSON.stringify(message)}\n`);
  });
  try {
    const { model } = await stream.opened;
    view?.start(`a call between a customer and an agent, both actors (model ${model.name} ${model.version})`);
    await send(stream, audio, fast, signal, (seconds) => view?.progress(seconds));
    await stream.close();
  } finally {
    view?.close();
  }
}

async function send(
  stream: Recognizer,
  audio: WavAudio,
  fast: boolean,
  signal: AbortSignal,
  onProgress: (seconds: number) => void,
): Promise<void> {
  const startedAtMs = performance.now();
  let seconds = 0;
  for (const packet of packets(audio, packetMs)) {
    seconds += secondsOf(audio, packet.length);
    // A live packet is there when its last sample has been spoken.
    const waitMs = startedAtMs + seconds * 1000 - performance.now();
    if (!fast && waitMs > 0) await sleep(waitMs, undefined, { signal });
    await stream.write(packet);
    onProgress(seconds);
  }
}

function createView(): LiveView {
  const colours = hasColours(process.stdout);
  return new LiveView({
    write: (text) => process.stdout.write(text),
    width: Math.min(process.stdout.columns ?? 120, 120),
    live: process.stdout.isTTY === true,
    colours,
    paint: createPaint(colours),
    call: readCallIndex(demoFile('call.json')),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const text = error instanceof UndertoneError ? `${error.code}: ${error.message}` : messageOf(error);
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  },
);
