import type { ServerMessage } from '@undertone/proto';
import { describe, expect, it } from 'vitest';
import { MessageQueue } from './message-queue.ts';

let seq = 0;

function emotion(segment: number, revision: number, isFinal = false): ServerMessage {
  const body = { type: 'Emotion', channel: 0, segment, revision, is_final: isFinal };
  return { ...body, session_id: 'ut_test', seq: seq++ } as ServerMessage;
}

function speechStarted(time: number): ServerMessage {
  return { type: 'SpeechStarted', channel: 0, ordinal: seq, time, session_id: 'ut_test', seq: seq++ };
}

async function readAll(queue: MessageQueue): Promise<ServerMessage[]> {
  const messages: ServerMessage[] = [];
  for await (const message of queue) messages.push(message);
  return messages;
}

describe('MessageQueue', () => {
  it('gives messages in order and ends', async () => {
    const queue = new MessageQueue(10);
    const messages = [speechStarted(1), emotion(0, 0), emotion(0, 1, true)];
    const read = readAll(queue);
    for (const message of messages) {
      queue.push(message);
      await Promise.resolve();
    }
    queue.end();
    expect((await read).map((message) => message.seq)).toEqual(messages.map((message) => message.seq));
  });

  it('replaces an unread interim result by a newer one of its segment only', async () => {
    const queue = new MessageQueue(10);
    const messages = [emotion(0, 0), emotion(0, 1, true), emotion(1, 0), emotion(1, 1), emotion(1, 2)];
    for (const message of messages) queue.push(message);
    queue.end();
    expect(await readAll(queue)).toEqual([messages[1], messages[4]]);
  });

  it('ends with slow_client when its reader lets too many final results wait', async () => {
    const queue = new MessageQueue(3);
    const reader = queue[Symbol.asyncIterator]();
    for (let segment = 0; segment < 10; segment++) queue.push(emotion(segment, 0, true));
    for (let segment = 0; segment < 4; segment++) expect(await reader.next()).toMatchObject({ done: false });
    await expect(reader.next()).rejects.toMatchObject({ code: 'slow_client' });
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });

  it('keeps the newest messages while nobody reads', async () => {
    const queue = new MessageQueue(3);
    for (let time = 0; time < 10; time++) queue.push(speechStarted(time));
    expect(queue.length).toBe(3);
    queue.end();
    expect((await readAll(queue)).map((message) => message.type === 'SpeechStarted' && message.time)).toEqual(
      [7, 8, 9],
    );
  });

  it('does not grow with interim results of one segment, however many come', () => {
    const queue = new MessageQueue(100);
    queue[Symbol.asyncIterator]();
    for (let revision = 0; revision < 1000; revision++) queue.push(emotion(0, revision));
    expect(queue.length).toBe(1);
  });

  it('gives nothing to a reader that has left while it waited', async () => {
    const queue = new MessageQueue(10);
    const reader = queue[Symbol.asyncIterator]();
    const waiting = reader.next();
    await reader.return?.();
    expect(await waiting).toEqual({ value: undefined, done: true });
    const message = speechStarted(1);
    queue.push(message);
    expect(await queue[Symbol.asyncIterator]().next()).toEqual({ value: message, done: false });
  });
});
