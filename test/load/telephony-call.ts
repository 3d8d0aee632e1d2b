/** One call of the generator: opens as its maker does, sends in real time, and ends in order. */
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { PacketClock, Sender } from './packet-clock.ts';
import { type Door, frameMs } from './telephony-plan.ts';

export interface CallOptions {
  readonly url: string;
  readonly clock: PacketClock;
  readonly seconds: number;
  /** Where in the speech it begins. */
  readonly offset: number;
  readonly onLateness: (ms: number) => void;
}

export interface CallResult {
  readonly messages: number;
  readonly failure: string | null;
}

interface Wire {
  readonly headers?: Record<string, string>;
  /** Sends what opens the call; `ready` once audio may follow. */
  open(socket: WebSocket, ready: () => void): void;
  /** @returns messages that it took */
  frame(socket: WebSocket, index: number): number;
  finish(socket: WebSocket): void;
}

/** Both tracks, one after the other, as messages of 20 ms. */
function twilioWire(payloads: readonly string[], offset: number): Wire {
  const streamSid = `MZ${randomUUID().replaceAll('-', '')}`;
  let sequence = 1;
  const media = (track: string, index: number, payload: string): string =>
    `{"event":"media","sequenceNumber":"${++sequence}","media":{"track":"${track}","chunk":"${index + 1}",` +
    `"timestamp":"${index * frameMs.twilio}","payload":"${payload}"},"streamSid":"${streamSid}"}`;
  const payloadAt = (index: number): string => payloads[index % payloads.length]!;
  return {
    open: (socket, ready) => {
      socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
      const start = {
        accountSid: `AC${'0'.repeat(32)}`,
        streamSid,
        callSid: `CA${'0'.repeat(32)}`,
        tracks: ['inbound', 'outbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: {},
      };
      socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', start, streamSid }));
      ready();
    },
    frame: (socket, index) => {
      socket.send(media('inbound', index, payloadAt(offset + index)));
      socket.send(media('outbound', index, payloadAt(offset + index + (payloads.length >> 1))));
      return 2;
    },
    finish: (socket) => {
      socket.send(
        JSON.stringify({ event: 'stop', sequenceNumber: String(++sequence), stop: {}, streamSid }),
        () => socket.close(1000),
      );
    },
  };
}

/** Both channels in each frame of 200 ms. */
function audiohookWire(frames: readonly Uint8Array[], offset: number): Wire {
  const [id, organizationId] = [randomUUID(), randomUUID()];
  const [seq, heard] = [{ client: 0 }, { server: 0 }];
  const send = (socket: WebSocket, type: string, parameters: object): void =>
    socket.send(
      JSON.stringify({
        version: '2',
        type,
        id,
        seq: ++seq.client,
        serverseq: heard.server,
        position: 'PT0S',
        parameters,
      }),
    );
  return {
    headers: {
      'audiohook-organization-id': organizationId,
      'audiohook-session-id': id,
      'audiohook-correlation-id': randomUUID(),
    },
    open: (socket, ready) => {
      socket.on('message', (data) => {
        const message = JSON.parse(String(data)) as { type: string; seq: number };
        heard.server = message.seq;
        if (message.type === 'opened') ready();
        else if (message.type === 'closed') socket.close(1000);
        else if (message.type === 'disconnect') socket.close(1008, JSON.stringify(message).slice(0, 120));
      });
      send(socket, 'open', {
        organizationId,
        conversationId: randomUUID(),
        participant: { id: randomUUID(), ani: '', aniName: '', dnis: '' },
        media: [{ type: 'audio', format: 'PCMU', channels: ['external', 'internal'], rate: 8000 }],
        language: 'en-US',
      });
    },
    frame: (socket, index) => {
      socket.send(frames[(offset + index) % frames.length]!);
      return 1;
    },
    finish: (socket) => send(socket, 'close', { reason: 'end' }),
  };
}

/** Runs to its end; never rejects. */
export function runCall(
  door: Door,
  speech: readonly (string | Uint8Array)[],
  options: CallOptions,
): Promise<CallResult> {
  const { url, clock, seconds, offset, onLateness } = options;
  const wire =
    door === 'twilio'
      ? twilioWire(speech as readonly string[], offset)
      : audiohookWire(speech as readonly Uint8Array[], offset);
  const frames = Math.floor((seconds * 1000) / frameMs[door]);
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    headers: wire.headers ?? {},
    // Masked as any client's frames are; one mask for all saves only the generator.
    generateMask: (mask) => mask.fill(0x5a),
  });
  return new Promise((resolve) => {
    let [index, messages, isFinished] = [0, 0, false];
    let failure: string | null = null;
    const sender: Sender = {
      send: (dueMs, nowMs) => {
        if (socket.readyState !== WebSocket.OPEN) return null;
        if (index === frames) {
          isFinished = true;
          wire.finish(socket);
          return null;
        }
        if (index % 10 === 0) onLateness(nowMs - dueMs);
        messages += wire.frame(socket, index++);
        return dueMs + frameMs[door];
      },
    };
    socket.on('open', () => wire.open(socket, () => clock.add(sender, performance.now() + frameMs[door])));
    socket.on('error', (cause) => {
      failure ??= cause.message;
    });
    socket.on('close', (code, reason) => {
      if (!isFinished || (code !== 1000 && code !== 1005)) failure ??= `closed with ${code} ${reason}`;
      resolve({ messages, failure });
    });
  });
}
