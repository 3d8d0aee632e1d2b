/** How messages stand on a WebSocket. */
import { type ClientMessage, ProtocolError, parseClientMessage, type ServerMessage } from '@undertone/proto';
import { type ClientRequest, decodeClientMessage, encodeServerMessage } from '@undertone/proto/protobuf';

/** What a client may send on a WebSocket. */
export type Received = { readonly type: 'Audio'; readonly audio: Uint8Array } | ClientMessage;

export interface WireFormat {
  /** What goes to the client for a message: nothing, one frame or several. */
  encode(message: ServerMessage): readonly (string | Uint8Array)[];
  /** @throws ProtocolError `bad_message` */
  decode(bytes: Buffer, isBinary: boolean): Received;
  /** The close code and reason of a stream that ends with these. */
  closing?(code: number, reason: string): readonly [number, string];
}

/** `undertone.v1`: text frames are JSON, binary frames from the client are audio. */
export const jsonFormat: WireFormat = {
  encode: (message) => [JSON.stringify(message)],
  decode: decodeJson,
};

/** `undertone.v1.protobuf`: all frames are binary and one message each. */
export const protobufFormat: WireFormat = {
  encode: (message) => [encodeServerMessage(message)],
  decode: (bytes, isBinary) => {
    if (!isBinary) throw new ProtocolError('bad_message', 'Expected binary frames; got a text frame.');
    return withoutConfig(decodeClientMessage(bytes));
  },
};

export function decodeJson(bytes: Buffer, isBinary: boolean): Received {
  return isBinary ? { type: 'Audio', audio: bytes } : parseClientMessage(bytes.toString('utf8'));
}

function withoutConfig(message: ClientRequest): Received {
  if (message.type !== 'Config') return message;
  throw new ProtocolError('bad_message', 'Expected the configuration in the address; got a config message.');
}
