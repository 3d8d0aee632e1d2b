import type { ServerMessage } from '@undertone/client-sdk';
import { expect, test } from 'vitest';
import { keptMessages, MessageLog } from './message-log.ts';

const warning = (seq: number, message: string): ServerMessage => ({
  type: 'Warning',
  session_id: 's',
  seq,
  code: 'behind',
  message,
});

test('messages are filtered by type and by part of their text', () => {
  const log = new MessageLog();
  log.add('server', warning(0, 'Late'), 10);
  log.add('device', { type: 'SpeechStarted', session_id: 's', seq: 1, channel: 0, ordinal: 0, time: 1 }, 20);
  expect(log.filtered({ type: '', text: '' })).toHaveLength(2);
  expect(log.filtered({ type: 'SpeechStarted', text: '' }).map(({ place }) => place)).toEqual(['device']);
  expect(log.filtered({ type: '', text: 'late' }).map(({ index }) => index)).toEqual([0]);
  expect(log.filtered({ type: 'SpeechStarted', text: 'late' })).toEqual([]);
});

test('of a long session the newest messages are kept, and all are counted', () => {
  const log = new MessageLog();
  for (let seq = 0; seq <= keptMessages; seq += 1) log.add('server', warning(seq, 'x'), seq);
  expect(log.count).toBe(keptMessages + 1);
  expect(log.messages.length).toBeLessThanOrEqual(keptMessages);
  expect(log.messages.at(-1)!.index).toBe(keptMessages);
});
