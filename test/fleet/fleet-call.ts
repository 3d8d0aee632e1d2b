/** One caller's stream, through the SDK as applications use it: what it heard, when, and how it was moved. */
import { Recognizer } from '@undertone/client-sdk';
import type { EmotionMessage, ServerMessage } from '@undertone/proto';

const packetMs = 100;
const packetBytes = 3200;
/** A frame is 25 ms wide and starts every 10 ms: the last frame of a span reaches this far beyond it. */
const frameTailMs = 15;

export interface FleetCall {
  readonly session: string;
  /** Keys in the order in which they came. */
  readonly events: readonly string[];
  readonly finals: readonly string[];
  /** From the sample that a result needs being written to the result, whatever happened in between. */
  readonly latencyMs: readonly number[];
  readonly finalLatencyMs: readonly number[];
  /** From a connection being lost to the stream going on. */
  readonly moveMs: readonly number[];
  /** Connections that were tried in vain while the stream was moved. */
  readonly vainAttempts: number;
  readonly error: Error | null;
  readonly hasBegun: boolean;
}

export interface FleetCallOptions {
  readonly url: string;
  readonly audio: Uint8Array;
  /** 0: as fast as it is taken. */
  readonly pace: 0 | 1;
  readonly stepMs: number;
}

/** What an event says, without what differs between two runs of the same audio. */
function keyOf(message: ServerMessage): string | null {
  if (message.type === 'SpeechStarted' || message.type === 'SpeechEnded')
    return `${message.ordinal} ${message.type} ${message.time}`;
  if (message.type !== 'Emotion') return null;
  const scores = Object.entries(message.scores ?? {}).map(([label, score]) => `${label} ${score.toFixed(3)}`);
  const id = message.id.replace(message.session_id, '');
  return `${message.ordinal} ${id} ${message.start} ${message.end} ${message.is_final} ${message.label} ${scores}`;
}

/** Runs to its end; never rejects. */
export async function makeCall(options: FleetCallOptions): Promise<FleetCall> {
  const { url, audio, pace } = options;
  const stream = new Recognizer({ url, intervalMs: 500 });
  const [events, finals]: [string[], string[]] = [[], []];
  const [latencyMs, finalLatencyMs, moveMs]: [number[], number[], number[]] = [[], [], []];
  const writtenAtMs: number[] = [];
  let [session, endpointingMs, vainAttempts, hasBegun] = ['', 0, 0, false];
  let lostAtMs = 0;
  const time = (message: EmotionMessage): void => {
    const pauseMs = message.is_final ? Math.round(endpointingMs / options.stepMs) * options.stepMs : 0;
    const packet = Math.ceil((message.end * 1000 + pauseMs + frameTailMs) / packetMs) - 1;
    const ms = performance.now() - writtenAtMs[Math.min(packet, writtenAtMs.length - 1)]!;
    latencyMs.push(ms);
    if (message.is_final) finalLatencyMs.push(ms);
  };
  stream.on('message', (message) => {
    if (message.type === 'Begin') {
      hasBegun = true;
      session = message.session_id;
      endpointingMs = message.config.endpointing_ms;
    }
    const key = keyOf(message);
    if (key === null) return;
    events.push(key);
    if (message.type !== 'Emotion') return;
    if (message.is_final) finals.push(key);
    time(message);
  });
  stream.on('reconnecting', (_error, attempt) => {
    if (attempt === 1) lostAtMs = performance.now();
    else vainAttempts++;
  });
  stream.on('reconnected', () => moveMs.push(performance.now() - lostAtMs));
  let error: Error | null = null;
  try {
    await stream.opened;
    const startMs = performance.now();
    for (let at = 0; at < audio.length; at += packetBytes) {
      writtenAtMs.push(performance.now());
      await stream.write(audio.subarray(at, at + packetBytes));
      const waitMs = startMs + at / 32 + packetMs - performance.now();
      if (pace && waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    // What ends a segment now is that no more comes.
    writtenAtMs.push(performance.now());
    await stream.close();
  } catch (cause) {
    error = cause as Error;
  }
  return { session, events, finals, latencyMs, finalLatencyMs, moveMs, vainAttempts, error, hasBegun };
}
