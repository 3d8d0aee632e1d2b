import { expect, test } from 'vitest';
import { operatorEvent } from './operator-event.ts';

const event = (data: object): object => ({
  specversion: '1.0',
  id: 'i',
  type: 't',
  subject: 's',
  time: 'now',
  data,
});
const dataOf = (data: object): unknown => operatorEvent(event(data))?.data;

test('what the client said of itself is not told', () => {
  const config = {
    channels: 1,
    channel_roles: ['customer'],
    analyze: ['customer'],
    tag: 'mine',
    metadata: { name: 'Jane' },
  };
  const begin = {
    type: 'Begin',
    session_id: 's',
    model: { name: 'm' },
    config,
    trace_id: 'abc',
    resume_token: 'x',
  };
  const shown = JSON.stringify(operatorEvent(event(begin)));
  expect(shown).toContain('"channel_roles":["customer"]');
  expect(shown).not.toMatch(/mine|Jane|abc|resume/);
});

test('how an agent sounds is not told', () => {
  expect(dataOf({ type: 'Emotion', role: 'agent', label: 'angry' })).toBeUndefined();
  expect(dataOf({ type: 'Alert', role: 'agent' })).toBeUndefined();
  expect(dataOf({ type: 'Emotion', role: 'customer', label: 'angry' })).toMatchObject({ label: 'angry' });
  const summary = {
    type: 'Summary',
    per_channel: [{ role: 'agent', label: 'sad' }, { role: 'customer' }, null],
  };
  expect(dataOf(summary)).toEqual({ type: 'Summary', per_channel: [{ role: 'customer' }] });
});

test('types that are not known are not told, and what is no event is said to be none', () => {
  expect(operatorEvent(event({ type: 'Secret' }))).toBeNull();
  for (const none of [null, 1, 'x', [], {}, { data: {} }, { data: [], id: 'i', type: 't', subject: 's' }])
    expect(operatorEvent(none)).toBeUndefined();
});
