/** Text messages from client to server. Unknown fields are ignored, unknown types are not. */
import type { ClientMessage } from './messages.ts';
import { ProtocolError } from './protocol-error.ts';

const types: readonly ClientMessage['type'][] = ['KeepAlive', 'Finalize', 'CloseStream'];

/** @throws ProtocolError `bad_message` when the text is not JSON or has no known type */
export function parseClientMessage(text: string): ClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError('bad_message', `Expected a JSON object with a type; got text that is not JSON.`);
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) {
    const found =
      typeof value === 'object' && !Array.isArray(value) && value ? 'an object without one' : describe(value);
    throw new ProtocolError('bad_message', `Expected a JSON object with a type; got ${found}.`);
  }
  const type = types.find((candidate) => candidate === value.type);
  if (type) return { type };
  throw new ProtocolError(
    'bad_message',
    `Expected type to be one of ${types.join(', ')}; got ${describe(value.type)}.`,
  );
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 80 ? `${value.slice(0, 80)}...` : value}"`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
