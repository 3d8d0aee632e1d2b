/** Messages from client to server as protobuf. */
import protobuf from 'protobufjs/minimal.js';
import { checkClientMessage } from '../client-message.ts';
import type { ClientMessage, RestoreMessage } from '../messages.ts';
import { ProtocolError } from '../protocol-error.ts';
import type { StreamQuery } from '../stream-query.ts';
import { readMessage } from './message-reader.ts';
import { writeMessage } from './message-writer.ts';
import { choiceNames } from './type-name.ts';

/** What one `StreamAnalyzeRequest` can be. */
export type ClientRequest =
  /** First over gRPC. Its values are not checked: give them to `buildStreamQuery` and `parseStreamQuery`. */
  | { type: 'Config'; config: Partial<StreamQuery>; restore?: RestoreMessage }
  | { type: 'Audio'; audio: Uint8Array }
  | ClientMessage;

const root = 'StreamAnalyzeRequest';
const { fieldOf, typeOf } = choiceNames('Control');
/** Field 2, length-delimited. */
const audioTag = (2 << 3) | 2;

/** One `StreamAnalyzeRequest`. @throws ProtocolError `bad_message` for what is no message of the protocol */
export function encodeClientMessage(message: ClientRequest): Uint8Array {
  if (message.type === 'Audio') {
    return protobuf.Writer.create().uint32(audioTag).bytes(message.audio).finish();
  }
  if (message.type === 'Config') {
    const { config, restore } = message;
    return writeMessage(root, { config: restore ? { ...config, restore } : config });
  }
  const { type, ...body } = message;
  const field = fieldOf.get(type);
  if (!field)
    throw new ProtocolError('bad_message', `Expected a known type of message; got "${String(type)}".`);
  return writeMessage(root, { control: { [field]: body } });
}

/**
 * Audio is a view of `bytes`, not a copy.
 * @throws ProtocolError `bad_message` for bytes that are no `StreamAnalyzeRequest`, and for values out of range
 */
export function decodeClientMessage(bytes: Uint8Array): ClientRequest {
  const audio = readAudio(bytes);
  if (audio) return { type: 'Audio', audio };
  const { config, control } = readMessage(root, bytes) as { config?: object; control?: object };
  if (config) {
    const { restore, ...query } = config as Partial<StreamQuery> & { restore?: object };
    if (!restore) return { type: 'Config', config: query };
    return {
      type: 'Config',
      config: query,
      restore: checkClientMessage({ type: 'Restore', ...restore }) as RestoreMessage,
    };
  }
  const [entry] = Object.entries(control ?? {});
  if (!entry)
    throw new ProtocolError('bad_message', 'Expected config, audio or control; got none that is known.');
  return checkClientMessage({ type: typeOf.get(entry[0]), ...(entry[1] as object) });
}

/** The common case without any table: a message that is nothing but audio. */
function readAudio(bytes: Uint8Array): Uint8Array | null {
  if (bytes[0] !== audioTag) return null;
  let length = 0;
  let at = 1;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) break;
    length |= (byte & 127) << shift;
    if (byte < 128) {
      if (at + length === bytes.length) return bytes.subarray(at);
      break;
    }
  }
  throw new ProtocolError(
    'bad_message',
    'Expected a message that is nothing but audio; its length does not fit.',
  );
}
