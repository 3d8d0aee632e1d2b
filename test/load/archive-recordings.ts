/** Recordings for workers: WAV of 8 kHz mu-law, one channel, cut from the demo's call at other places each. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import { type ArchiveNames, type ArchiveStream, archiveStreams } from '@undertone/proto';

const call = new URL('../../demo/call.wav', import.meta.url);
const rateHz = 8000;
const headerBytes = 44;

/** Bytes of a WAV file; `index` says which. */
export type RecordingOf = (index: number, seconds: number) => Uint8Array;

export async function recordings(): Promise<RecordingOf> {
  const file = await readFile(call);
  const both = file.subarray(file.indexOf('data') + 8);
  const customer = Uint8Array.from({ length: Math.floor(both.length / 2) }, (_, i) => both[2 * i]!);
  return (index, seconds) => {
    const bytes = Math.round(seconds * rateHz);
    const wav = Buffer.alloc(headerBytes + bytes);
    wav.set(header(bytes));
    for (let i = 0; i < bytes; i++) wav[headerBytes + i] = customer[(index * 7919 + i) % customer.length]!;
    return wav;
  };
}

/** The header of mu-law, 8 kHz, one channel, that says so many bytes of audio. */
export function header(bytes: number): Uint8Array {
  const head = Buffer.alloc(headerBytes);
  head.write('RIFF', 0);
  head.writeUInt32LE(headerBytes - 8 + bytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  for (const [at, value] of [
    [20, 7],
    [22, 1],
    [32, 1],
    [34, 8],
  ] as const)
    head.writeUInt16LE(value, at);
  for (const at of [24, 28]) head.writeUInt32LE(rateHz, at);
  head.write('data', 36);
  head.writeUInt32LE(bytes, 40);
  return head;
}

export async function writeRecording(folder: string, path: string, wav: Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), wav);
}

/** Makes the queue where there is none. */
export async function makeQueue(jetstream: JetStreamClient, names: ArchiveNames): Promise<void> {
  const manager = await jetstream.jetstreamManager(false);
  for (const stream of archiveStreams(names) as readonly ArchiveStream[])
    await manager.streams.add(stream).catch((error: unknown) => {
      if (!(error instanceof JetStreamApiError)) throw error;
    });
}
