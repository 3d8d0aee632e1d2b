/**
 * A plain WebSocket client for tests of the protocol: knows nothing of the SDK, sends what it is told and keeps every
 * message that comes back.
 */
import { once } from 'node:events';
import type { ServerMessage } from '@undertone/proto';
import { WebSocket } from 'ws';

export type MessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

export class StreamClient {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  /** Resolves with the close code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  #wake: (() => void)[] = [];

  constructor(url: string, protocols: string[] = []) {
    this.socket = new WebSocket(url, protocols, { perMessageDeflate: false });
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(data.toString()) as ServerMessage);
      for (const wake of this.#wake.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const wake of this.#wake.splice(0)) wake();
      });
    });
    this.socket.on('error', () => {});
  }

  static async open(url: string, query = '', protocols: string[] = []): Promise<StreamClient> {
    const client = new StreamClient(query ? `${url}?${query}` : url, protocols);
    await once(client.socket, 'open');
    return client;
  }

  of<T extends ServerMessage['type']>(type: T): MessageOf<T>[] {
    return this.messages.filter((message): message is MessageOf<T> => message.type === type);
  }

  /** The first message of this type, which may have come already. */
  async first<T extends ServerMessage['type']>(type: T): Promise<MessageOf<T>> {
    for (;;) {
      const [found] = this.of(type);
      if (found) return found;
      if (this.socket.readyState === WebSocket.CLOSED) {
        throw new Error(`Closed without ${type}: ${JSON.stringify(this.messages.at(-1))}`);
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  sendAudio(bytes: Uint8Array, packetBytes: number = bytes.length): void {
    for (let at = 0; at < bytes.length; at += packetBytes) {
      this.socket.send(bytes.subarray(at, at + packetBytes));
    }
  }

  sendMessage(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** CloseStream; resolves with the summary once the connection is closed. */
  async finish(): Promise<MessageOf<'Summary'>> {
    this.sendMessage({ type: 'CloseStream' });
    await this.closed;
    return this.first('Summary');
  }
}

/** What remains of messages that is the same for every session with the same audio. */
export function comparable(messages: readonly ServerMessage[]): unknown[] {
  return messages.map((message) => {
    const { session_id, ...rest } = message;
    if (rest.type !== 'Emotion') return rest;
    const { latency_ms: _, id, ...emotion } = rest;
    return { ...emotion, id: id.replace(session_id, '') };
  });
}
