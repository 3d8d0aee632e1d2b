/** A client that loses its connection and goes on from its last checkpoint, and what it heard over all of them. */
import type { ServerMessage } from '@undertone/proto';
import type { MessageOf } from './stream-client.ts';
import { StreamClient } from './stream-client.ts';

export type NumberedEvent = MessageOf<'SpeechStarted' | 'SpeechEnded' | 'Emotion' | 'Trend'>;

export function eventsOf(messages: readonly ServerMessage[]): NumberedEvent[] {
  return messages.filter((message): message is NumberedEvent => 'ordinal' in message);
}

/** Per channel, how many events came. */
export function ordinalsOf(messages: readonly ServerMessage[], channels: number): number[] {
  const counts = new Array<number>(channels).fill(0);
  for (const { channel, ordinal } of eventsOf(messages)) counts[channel] = ordinal + 1;
  return counts;
}

export function lastCheckpoint(messages: readonly ServerMessage[]): MessageOf<'Checkpoint'> {
  const found = messages.findLast((message) => message.type === 'Checkpoint');
  if (!found) throw new Error('no checkpoint came');
  return found;
}

/** Connects and restores; resolves once the stream has begun again, or is refused. */
export async function restore(
  url: string,
  checkpoint: string,
  ordinals: readonly number[],
): Promise<StreamClient> {
  const client = await StreamClient.open(url, 'resume=true');
  client.sendMessage({ type: 'Restore', checkpoint, ordinals });
  await Promise.race([client.first('Begin').catch(() => {}), client.closed]);
  return client;
}

/** Without session, number of the message and times of the server, which differ from run to run. */
export function bare(event: NumberedEvent): Record<string, unknown> {
  const { session_id, seq: _, ...rest } = event;
  if (rest.type !== 'Emotion') return rest;
  const { latency_ms: __, id, ...emotion } = rest;
  return { ...emotion, id: id.replace(session_id, '') };
}
