/**
 * Results as events in the structured mode of CloudEvents 1.0
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md): who takes them needs to know nothing of Undertone
 * to store, route and deduplicate them.
 */
import type { ServerMessage } from '@undertone/proto';
import type { EventIds } from './event-ids.ts';
import type { SinkEvent } from './sink.ts';

/** Of the connection, and of nobody else's interest. */
const left = new Set<ServerMessage['type']>(['Checkpoint', 'Configured', 'Warning']);
const momentary = new Set<ServerMessage['type']>(['SpeechStarted', 'SpeechEnded', 'Trend']);

/**
 * @param source the server, as a URI reference
 * @param time of writing, RFC 3339
 * @param ids of the stream that the message is of
 * @returns null for what sinks do not get
 */
export function toSinkEvent(
  message: ServerMessage,
  source: string,
  time: string,
  ids: EventIds,
): SinkEvent | null {
  // An error that ends nothing answers the client; as many as it likes would take the place of others' results.
  if (left.has(message.type) || (message.type === 'Error' && !message.fatal)) return null;
  const type = message.type.toLowerCase();
  const { seq: _, ...data } = message;
  const id = eventId(message) + ids.suffixOf(message);
  const isInterim = message.type === 'Emotion' && !message.is_final;
  return {
    id,
    type,
    session: message.session_id,
    isDurable: !isInterim && !momentary.has(message.type),
    json: JSON.stringify({
      specversion: '1.0',
      id,
      source,
      type: `undertone.v1.${type}`,
      subject: message.session_id,
      time,
      datacontenttype: 'application/json',
      data,
    }),
  };
}

/** The same wherever and however often the event comes about. */
function eventId(message: ServerMessage): string {
  if (message.type === 'Alert') return `${message.id}:${message.state}`;
  if ('id' in message && typeof message.id === 'string') return message.id;
  const { session_id, type } = message;
  if ('ordinal' in message) return `${session_id}:${message.channel}:${type}:${message.ordinal}`;
  if (message.type === 'Gap') return `${session_id}:Gap:${message.start}`;
  if (message.type === 'Error') return `${session_id}:Error:${message.code}`;
  return `${session_id}:${type}`;
}
