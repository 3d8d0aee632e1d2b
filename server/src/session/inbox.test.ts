import { expect, test } from 'vitest';
import { Inbox } from './inbox.ts';

const run = async (): Promise<void> => {};

test('items come out in order, large audio in slices of its bytes', () => {
  const inbox = new Inbox(4);
  inbox.push({ kind: 'audio', bytes: Uint8Array.of(1, 2, 3, 4, 5, 6), atMs: 7 });
  inbox.push({ kind: 'control', run });
  inbox.push({ kind: 'audio', bytes: Uint8Array.of(9), atMs: 9 });
  expect(inbox.audioBytes).toBe(7);
  expect(inbox.next()).toEqual({ kind: 'audio', bytes: Uint8Array.of(1, 2, 3, 4), atMs: 7 });
  expect(inbox.audioBytes).toBe(3);
  expect(inbox.next()).toEqual({ kind: 'audio', bytes: Uint8Array.of(5, 6), atMs: 7 });
  expect(inbox.next()).toEqual({ kind: 'control', run });
  expect(inbox.next()).toEqual({ kind: 'audio', bytes: Uint8Array.of(9), atMs: 9 });
  expect(inbox.audioBytes).toBe(0);
  expect(inbox.next()).toBeUndefined();
});

test('a message without audio is not free', () => {
  const inbox = new Inbox(4);
  inbox.push({ kind: 'audio', bytes: Uint8Array.of(1, 2, 3, 4, 5, 6), atMs: 7 });
  for (let i = 0; i < 9; i++) inbox.push({ kind: 'control', run });
  expect(inbox.bytes).toBe(6 + 10 * 256);
  inbox.next();
  expect(inbox.bytes).toBe(2 + 10 * 256);
  inbox.next();
  expect(inbox.bytes).toBe(9 * 256);
  inbox.clear();
  expect(inbox.bytes).toBe(0);
});
