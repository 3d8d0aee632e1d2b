/** Messages from server to client as protobuf. */
import type { ServerMessage } from '../messages.ts';
import { ProtocolError } from '../protocol-error.ts';
import { readMessage } from './message-reader.ts';
import { writeMessage } from './message-writer.ts';
import { choiceNames } from './type-name.ts';

const root = 'StreamAnalyzeResponse';
const { fieldOf, typeOf } = choiceNames(root);

/** One `StreamAnalyzeResponse`. @throws ProtocolError `bad_message` for what is no message of the protocol */
export function encodeServerMessage(message: ServerMessage): Uint8Array {
  const { type, session_id, seq, ...body } = message;
  const field = fieldOf.get(type);
  if (!field)
    throw new ProtocolError('bad_message', `Expected a known type of message; got "${String(type)}".`);
  return writeMessage(root, { session_id, seq, [field]: body });
}

/**
 * Fields that a newer server adds are skipped.
 * @returns null for a message of a type that this version does not know
 * @throws ProtocolError `bad_message` for bytes that are no `StreamAnalyzeResponse`
 */
export function decodeServerMessage(bytes: Uint8Array): ServerMessage | null {
  const { session_id, seq, ...rest } = readMessage(root, bytes);
  const [entry] = Object.entries(rest);
  if (!entry) return null;
  const [field, body] = entry;
  return { type: typeOf.get(field), session_id, seq, ...(body as object) } as unknown as ServerMessage;
}
