/** What a server wrote to its file of results. */
import { readFile } from 'node:fs/promises';
import type { ServerMessage } from '@undertone/proto';
import { comparable } from './stream-client.ts';

/** All messages, once a summary is among them. */
export async function sinkResults(path: string): Promise<ServerMessage[]> {
  for (;;) {
    const messages = (await readFile(path, 'utf8'))
      .split('\n')
      // What follows the last line is being written.
      .slice(0, -1)
      .map((line) => JSON.parse(line).data as ServerMessage);
    if (messages.some(({ type }) => type === 'Summary')) return messages;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Results channel by channel, without what names the connection or counts its messages. */
export function results(messages: readonly ServerMessage[]): unknown[] {
  const isResult = ({ type }: ServerMessage): boolean =>
    ['SpeechStarted', 'SpeechEnded', 'Emotion', 'Summary'].includes(type);
  const channelOf = (message: ServerMessage): number =>
    'channel' in message ? message.channel : Number.POSITIVE_INFINITY;
  return comparable(
    messages
      .filter(isResult)
      .map((message) => ({ ...message, seq: 0 }))
      .sort((a, b) => channelOf(a) - channelOf(b)),
  );
}
