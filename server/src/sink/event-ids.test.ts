import type { ServerMessage } from '@undertone/proto';
import { expect, test } from 'vitest';
import { toSinkEvent } from './cloud-event.ts';
import { EventIds } from './event-ids.ts';

const common = { session_id: 'ut_1', seq: 7 };
const gap = (start: number): ServerMessage =>
  ({ ...common, type: 'Gap', start, duration: 0, reason: 'client' }) as ServerMessage;
const error = (code: string): ServerMessage =>
  ({ ...common, type: 'Error', code, message: 'x', fatal: true }) as ServerMessage;

function idsOf(messages: readonly ServerMessage[]): (string | undefined)[] {
  const ids = new EventIds();
  return messages.map(
    (message) => toSinkEvent(message, '/undertone/test', '2026-01-01T00:00:00.000Z', ids)?.id,
  );
}

test('two gaps in one millisecond, and two errors of one kind, have ids of their own', () => {
  const messages = [
    gap(1.5),
    gap(1.5),
    error('bad_audio'),
    gap(1.5),
    error('internal'),
    error('bad_audio'),
    gap(2),
  ];
  const ids = idsOf(messages);
  expect(ids).toEqual([
    'ut_1:Gap:1.5',
    'ut_1:Gap:1.5:2',
    'ut_1:Error:bad_audio',
    'ut_1:Gap:1.5:3',
    'ut_1:Error:internal',
    'ut_1:Error:bad_audio:2',
    'ut_1:Gap:2',
  ]);
  // Of the same messages they are the same.
  expect(idsOf(messages)).toEqual(ids);
});
