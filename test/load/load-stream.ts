/** One stream of the load generator: sends on schedule, and notes when each result came and what it had needed. */
import type { EmotionMessage, ServerMessage } from '@undertone/proto';
import type { LoadClient, OpenLoadClient } from './load-client.ts';
import type { PacketClock, Sender } from './packet-clock.ts';

const bytesPerMs = 32;
/** A frame is 25 ms wide and starts every 10 ms: the last frame of a span reaches this far beyond it. */
const frameTailMs = 15;

export interface LoadStreamOptions {
  readonly url: string;
  readonly audio: Uint8Array;
  readonly packetMs: number;
  readonly stepMs: number;
}

export interface LoadStreamResult {
  readonly interimMs: number[];
  readonly finalMs: number[];
  readonly serverInterimMs: number[];
  readonly serverFinalMs: number[];
  readonly latenessMs: number[];
  /** What identifies each event, to be compared with a run without load. */
  readonly eventKeys: string[];
  readonly error: Error | null;
  /** From the attempt to the end. */
  readonly lastedMs: number;
  readonly began: boolean;
}

/** What identifies an event independently of its session and of rounding in the scores. */
export function eventKey(message: ServerMessage): string | null {
  if (message.type === 'SpeechStarted' || message.type === 'SpeechEnded')
    return `${message.type}:${message.time}`;
  if (message.type !== 'Emotion') return null;
  return `Emotion:${message.segment}:${message.revision}:${message.start}:${message.end}:${message.is_final}`;
}

/** Runs to its end; never rejects. */
export function runLoadStream(
  open: OpenLoadClient,
  clock: PacketClock,
  options: LoadStreamOptions,
): Promise<LoadStreamResult> {
  return new Promise((resolve) => new LoadStream(open, clock, options, resolve));
}

class LoadStream implements Sender {
  readonly #client: LoadClient;
  readonly #clock: PacketClock;
  readonly #options: LoadStreamOptions;
  readonly #startedAtMs = performance.now();
  readonly #packets: number;
  readonly #sentAtMs: Float64Array;
  #sent = 0;
  #endpointingMs = 0;
  #began = false;
  readonly #lists = {
    interimMs: [] as number[],
    finalMs: [] as number[],
    serverInterimMs: [] as number[],
    serverFinalMs: [] as number[],
    latenessMs: [] as number[],
    eventKeys: [] as string[],
  };

  constructor(
    open: OpenLoadClient,
    clock: PacketClock,
    options: LoadStreamOptions,
    onEnd: (result: LoadStreamResult) => void,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#packets = Math.ceil(options.audio.length / (options.packetMs * bytesPerMs));
    this.#sentAtMs = new Float64Array(this.#packets + 1);
    this.#client = open(options.url, {
      onMessage: (message) => this.#take(message),
      onEnd: (error) => {
        // Nothing is sent any more, however far it came.
        this.#sent = this.#packets + 1;
        onEnd({
          ...this.#lists,
          error,
          began: this.#began,
          lastedMs: performance.now() - this.#startedAtMs,
        });
      },
    });
  }

  send(dueMs: number, nowMs: number): number | null {
    if (this.#sent > this.#packets) return null;
    this.#sentAtMs[this.#sent] = nowMs;
    if (this.#sent === this.#packets) {
      this.#sent++;
      this.#client.finish();
      return null;
    }
    const bytes = this.#options.packetMs * bytesPerMs;
    this.#client.sendAudio(this.#options.audio.subarray(this.#sent * bytes, (this.#sent + 1) * bytes));
    // A sample of every ten: the 99th percentile of all streams needs no more.
    if (this.#sent % 10 === 0) this.#lists.latenessMs.push(nowMs - dueMs);
    this.#sent++;
    return this.#sent === this.#packets ? nowMs : dueMs + this.#options.packetMs;
  }

  #take(message: ServerMessage): void {
    const nowMs = performance.now();
    if (message.type === 'Begin') {
      this.#began = true;
      this.#endpointingMs = message.config.endpointing_ms;
      this.#clock.add(this, nowMs + this.#options.packetMs);
      return;
    }
    if (message.type === 'Emotion') this.#time(message, nowMs);
    const key = eventKey(message);
    if (key) this.#lists.eventKeys.push(key);
  }

  /** From the packet with the last sample that the result needs leaving to the result coming. */
  #time(message: EmotionMessage, nowMs: number): void {
    const { stepMs, packetMs } = this.#options;
    const pauseMs = message.is_final ? Math.round(this.#endpointingMs / stepMs) * stepMs : 0;
    const packet = Math.ceil((message.end * 1000 + pauseMs + frameTailMs) / packetMs) - 1;
    // A segment that the end of the stream closes needs what was sent last.
    const clientMs = nowMs - this.#sentAtMs[Math.min(packet, this.#sent - 1, this.#packets)]!;
    const lists = this.#lists;
    (message.is_final ? lists.finalMs : lists.interimMs).push(clientMs);
    (message.is_final ? lists.serverFinalMs : lists.serverInterimMs).push(message.latency_ms ?? 0);
  }
}
