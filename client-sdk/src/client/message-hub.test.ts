import { expect, test } from 'vitest';
import { MessageHub } from './message-hub.ts';

test.each(['emotions', 'toString', ''])('an event "%s" is refused with those that exist', (name) => {
  expect(() => new MessageHub().on(name as 'emotion', () => {})).toThrow(
    expect.objectContaining({
      code: 'bad_parameter',
      message: expect.stringMatching(/emotion, trend.*got "/),
    }),
  );
});
