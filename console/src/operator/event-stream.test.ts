import { expect, test } from 'vitest';
import { EventParser, readEvents } from './event-stream.ts';

const text =
  'event: overview\ndata: {"a":\ndata: 1}\n\n: still here\n\nid: 7\ndata:x\r\n\r\nevent: end\ndata\n\n';
const events = [
  { event: 'overview', data: '{"a":\n1}' },
  { event: 'message', data: 'x' },
  { event: 'end', data: '' },
];

test('events are the same however the body is cut', () => {
  for (let size = 1; size <= text.length; size += 1) {
    const parser = new EventParser();
    const found = [];
    for (let start = 0; start < text.length; start += size)
      found.push(...parser.push(text.slice(start, start + size)));
    expect(found).toEqual(events);
  }
});

test('a body is read to its end, characters of several bytes included', async () => {
  const bytes = new TextEncoder().encode('data: ärger – 😠\n\n');
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const found = [];
  for await (const event of readEvents(body)) found.push(event);
  expect(found).toEqual([{ event: 'message', data: 'ärger – 😠' }]);
});

test('an event without end does not fill the memory', () => {
  const parser = new EventParser();
  const chunk = 'x'.repeat(1024 * 1024);
  expect(() => {
    for (let count = 0; count < 20; count += 1) parser.push(chunk);
  }).toThrowError('at most 16777216 characters');
  const lines = new EventParser();
  expect(() => {
    for (let count = 0; count < 20; count += 1) lines.push(`data: ${chunk}\n`);
  }).toThrowError('at most 16777216 characters');
});
