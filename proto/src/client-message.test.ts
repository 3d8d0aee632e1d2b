import { expect, test } from 'vitest';
import { parseClientMessage } from './client-message.ts';

test.each(['KeepAlive', 'Finalize', 'CloseStream'])('%s is understood', (type) => {
  expect(parseClientMessage(JSON.stringify({ type }))).toEqual({ type });
});

test('unknown fields are ignored', () => {
  expect(parseClientMessage('{"type":"Finalize","why":"because"}')).toEqual({ type: 'Finalize' });
});

test.each([
  ['hello', 'text that is not JSON'],
  ['', 'text that is not JSON'],
  ['null', 'got null'],
  ['[1]', 'got an array'],
  ['{}', 'an object without one'],
  ['"CloseStream"', 'got "CloseStream"'],
  ['{"type":"Pause"}', 'Expected type to be one of KeepAlive, Finalize, CloseStream; got "Pause".'],
  ['{"type":3}', 'got 3'],
])('%s is refused as bad_message', (text, part) => {
  expect(() => parseClientMessage(text)).toThrowError(
    expect.objectContaining({ code: 'bad_message', message: expect.stringContaining(part) }),
  );
});
