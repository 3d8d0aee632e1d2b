/** A call as makers of telephony stream it: JSON with base64 audio, every track for itself. */
import { once } from 'node:events';
import { encodeG711, Resampler } from '@undertone/core';
import { WebSocket } from 'ws';
import type { Sentence } from './speech.ts';
import { speech } from './speech.ts';

export interface Piece {
  readonly track: 'inbound' | 'outbound';
  readonly timestampMs: number;
  readonly audio: Uint8Array;
}

/** Speech as the telephone network carries it: mu-law, 8 kHz. */
export function telephoneSpeech(...sentences: Sentence[]): Uint8Array {
  const samples = Float32Array.from(speech(...sentences), (x) => x / 32768);
  return encodeG711(new Resampler(16_000, 8000).process(samples).slice(), 'mulaw');
}

/** A track cut into messages of `bytes`, 160 of which are 20 ms. */
export function pieces(track: Piece['track'], audio: Uint8Array, bytes = 160): Piece[] {
  const out: Piece[] = [];
  for (let at = 0; at < audio.length; at += bytes)
    out.push({ track, timestampMs: Math.floor(at / 8), audio: audio.subarray(at, at + bytes) });
  return out;
}

export const streamSid: string = `MZ${'0'.repeat(32)}`;

export class MediaStreamCaller {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  #sequence = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('error', () => {});
  }

  /** Connected and greeted, as Twilio does. */
  static async connect(url: string, headers: Record<string, string> = {}): Promise<MediaStreamCaller> {
    const caller = new MediaStreamCaller(new WebSocket(url, { perMessageDeflate: false, headers }));
    await once(caller.socket, 'open');
    caller.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    return caller;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Numbered and named as all messages after `connected` are. */
  sendNext(message: object): void {
    this.send({ ...message, sequenceNumber: String(++this.#sequence), streamSid });
  }

  /** As if messages had been lost on their way. */
  skipNumbers(count: number): void {
    this.#sequence += count;
  }

  start(
    tracks: readonly string[] = ['inbound', 'outbound'],
    customParameters: Record<string, string> = {},
  ): void {
    this.sendNext({
      event: 'start',
      start: {
        accountSid: `AC${'0'.repeat(32)}`,
        streamSid,
        callSid: `CA${'0'.repeat(32)}`,
        tracks,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters,
      },
    });
  }

  media({ track, timestampMs, audio }: Piece): void {
    const payload = Buffer.from(audio).toString('base64');
    this.sendNext({ event: 'media', media: { track, chunk: '1', timestamp: String(timestampMs), payload } });
  }

  stop(): void {
    this.sendNext({ event: 'stop', stop: { accountSid: 'AC', callSid: 'CA' } });
  }
}
