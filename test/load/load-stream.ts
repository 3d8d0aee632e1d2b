/** One client of the load generator: sends on schedule and notes when each result came and what it had needed. */
import type { EmotionMessage, ServerMessage } from '@undertone/proto';
import { StreamClient } from '../support/stream-client.ts';

const bytesPerMs = 32;
/** A frame is 25 ms wide and starts every 10 ms: the last frame of a span reaches this far beyond it. */
const frameTailMs = 15;

export interface ResultTiming {
  readonly kind: 'interim' | 'final';
  /** From the last sample needed being sent to the result being received. */
  readonly clientMs: number;
  /** What the server says about the same. */
  readonly serverMs: number;
}

export interface LoadStreamResult {
  readonly timings: readonly ResultTiming[];
  /** What identifies each event, to be compared with a run without load. */
  readonly eventKeys: readonly string[];
  /** By how much packets left later than planned. */
  readonly latenessMs: readonly number[];
}

/** What identifies an event independently of its session and of rounding in the scores. */
export function eventKey(message: ServerMessage): string | null {
  if (message.type === 'SpeechStarted' || message.type === 'SpeechEnded')
    return `${message.type}:${message.time}`;
  if (message.type !== 'Emotion') return null;
  return `Emotion:${message.segment}:${message.revision}:${message.start}:${message.end}:${message.is_final}`;
}

/** Sends everything at once: the reference for what the server reports without load. */
export async function eventsWithoutLoad(url: string, audio: Uint8Array): Promise<string[]> {
  const client = await StreamClient.open(url);
  client.sendAudio(audio, 64_000);
  await client.finish();
  return client.messages.map(eventKey).filter((key) => key !== null);
}

/** @param stepMs the model decides so often, also when a pause is over */
export async function runLoadStream(
  url: string,
  audio: Uint8Array,
  packetMs: number,
  stepMs: number,
): Promise<LoadStreamResult> {
  const client = await StreamClient.open(url);
  const { endpointing_ms: endpointingMs } = (await client.first('Begin')).config;
  const sentAtMs: number[] = [];
  const latenessMs: number[] = [];
  const timings: ResultTiming[] = [];
  let closedAtMs = Number.POSITIVE_INFINITY;
  client.socket.on('message', () => {
    const nowMs = performance.now();
    const message = client.messages.at(-1)!;
    if (message.type === 'Emotion') timings.push(timing(message, nowMs));
  });
  const timing = (message: EmotionMessage, nowMs: number): ResultTiming => {
    const pauseMs = message.is_final ? Math.round(endpointingMs / stepMs) * stepMs : 0;
    const packet = Math.ceil((message.end * 1000 + pauseMs + frameTailMs) / packetMs) - 1;
    const neededAtMs = sentAtMs[packet] ?? Math.min(closedAtMs, nowMs);
    const clientMs = nowMs - neededAtMs;
    return { kind: message.is_final ? 'final' : 'interim', clientMs, serverMs: message.latency_ms ?? 0 };
  };

  const packetBytes = packetMs * bytesPerMs;
  const startMs = performance.now();
  for (let i = 0; i * packetBytes < audio.length; i++) {
    const dueMs = startMs + (i + 1) * packetMs;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const nowMs = performance.now();
    latenessMs.push(nowMs - dueMs);
    sentAtMs.push(nowMs);
    client.socket.send(audio.subarray(i * packetBytes, (i + 1) * packetBytes));
  }
  closedAtMs = performance.now();
  await client.finish();
  return { timings, latenessMs, eventKeys: client.messages.map(eventKey).filter((key) => key !== null) };
}
