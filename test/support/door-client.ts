/** The same script through each of the doors that a stream can come by. */
import { once } from 'node:events';
import { type ClientMessage, parseStreamQuery, type ServerMessage } from '@undertone/proto';
import { decodeServerMessage, encodeClientMessage, protobufSubprotocol } from '@undertone/proto/protobuf';
import type { UndertoneServer } from '@undertone/server';
import { WebSocket } from 'ws';
import { GrpcStreamClient } from './grpc-client.ts';
import { StreamClient } from './stream-client.ts';

/** Audio and messages in their order. */
export type Script = readonly (Uint8Array | ClientMessage)[];

export interface DoorScript {
  /** As in the address of a WebSocket. */
  readonly query: string;
  readonly script: Script;
  readonly packetBytes: number;
}

export type PlayScript = (server: UndertoneServer, script: DoorScript) => Promise<ServerMessage[]>;

export const doors: Readonly<Record<string, PlayScript>> = {
  'WebSocket with JSON': async (server, { query, script, packetBytes }) => {
    const client = await StreamClient.open(server.url, query);
    for (const item of script) {
      if (item instanceof Uint8Array) client.sendAudio(item, packetBytes);
      else client.sendMessage(item);
    }
    await client.finish();
    return client.messages;
  },

  'WebSocket with protobuf': async (server, { query, script, packetBytes }) => {
    const socket = new WebSocket(`${server.url}?${query}`, [protobufSubprotocol]);
    const messages: ServerMessage[] = [];
    socket.on('message', (data) => messages.push(decodeServerMessage(data as Buffer)!));
    await once(socket, 'open');
    for (const item of [...script, { type: 'CloseStream' } as const]) {
      if (!(item instanceof Uint8Array)) socket.send(encodeClientMessage(item));
      else
        for (const audio of packetsOf(item, packetBytes))
          socket.send(encodeClientMessage({ type: 'Audio', audio }));
    }
    await once(socket, 'close');
    return messages;
  },

  gRPC: async (server, { query, script, packetBytes }) => {
    const config = parseStreamQuery(new URLSearchParams(query));
    const client = GrpcStreamClient.open(server, config);
    for (const item of script) {
      if (item instanceof Uint8Array) client.sendAudio(item, packetBytes);
      else client.send(item);
    }
    const { code, details } = await client.finish();
    if (code !== 0) throw new Error(`ended with ${code}: ${details}`);
    return client.messages;
  },
};

function* packetsOf(bytes: Uint8Array, packetBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += packetBytes) yield bytes.subarray(at, at + packetBytes);
}
