/** Callers of one server: some talk for as long as they are let, others come and go. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { bytesOf, speech } from '../support/speech.ts';

export type Manner = 'all' | 'angry' | 'snippets';

const packetBytes = 3200;
const packetMs = 100;

const everyone = bytesOf(speech('speech_angry_f', 'speech_sad_m', 'speech_calm_m', 'speech_happy_f'));
const audioOf: Readonly<Record<Manner, Uint8Array>> = {
  all: everyone,
  angry: bytesOf(speech('speech_angry_f')),
  snippets: everyone.map((byte, i) => (Math.floor(i / packetBytes) % 16 < 2 ? byte : 0)),
};

export class Callers {
  readonly #url: string;
  readonly #sockets = new Set<WebSocket>();
  #manner: Manner = 'all';
  #isClosed = false;

  constructor(url: string) {
    this.#url = url;
  }

  /** Live streams in real time. @returns what ends them */
  talk(count: number): () => void {
    let goesOn = true;
    const one = async (index: number): Promise<void> => {
      const socket = this.#open();
      let at = Math.floor((everyone.length / packetBytes) * (index / count));
      while (goesOn && !this.#isClosed) {
        await sleep(packetMs);
        const audio = audioOf[this.#manner];
        const packets = Math.floor(audio.length / packetBytes);
        at = (at + 1) % packets;
        if (socket.readyState === WebSocket.OPEN)
          socket.send(audio.subarray(at * packetBytes, (at + 1) * packetBytes));
      }
      if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"CloseStream"}');
    };
    for (let index = 0; index < count; index++) void one(index);
    return () => {
      goesOn = false;
    };
  }

  /** Short streams, so many a second; refused or not. @param isCut they end without a goodbye */
  visit(perSecond: number, isCut = false): () => void {
    const timer = setInterval(() => {
      if (this.#isClosed) return clearInterval(timer);
      const socket = this.#open();
      socket.on('open', () => {
        socket.send(everyone.subarray(0, packetBytes));
        if (isCut) setTimeout(() => socket.terminate(), 50);
        else socket.send('{"type":"CloseStream"}');
      });
    }, 1000 / perSecond);
    return () => clearInterval(timer);
  }

  speak(manner: Manner): void {
    this.#manner = manner;
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.terminate();
  }

  #open(): WebSocket {
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
