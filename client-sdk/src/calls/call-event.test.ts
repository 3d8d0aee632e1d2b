import { expect, test } from 'vitest';
import { type CallEvent, isCallEvent, readCallEvent } from './call-event.ts';
import { readEventLines } from './read-event-lines.ts';

const emotion = {
  type: 'Emotion',
  session_id: 's',
  seq: 3,
  id: 's:0:0:1',
  channel: 0,
  role: 'customer',
  segment: 0,
  revision: 1,
  start: 1,
  end: 2,
  is_final: true,
  label: 'angry',
  confidence: 0.5,
  sentiment: { label: 'negative' },
  dimensions: { arousal: 0.5, valence: -0.5 },
};
const event = (data: object, more: object = {}): string =>
  JSON.stringify({ specversion: '1.0', id: 'i', type: 'undertone.v1.emotion', subject: 's', data, ...more });
const problem = (text: string): string => {
  const read = readCallEvent(text);
  return isCallEvent(read) ? '' : read.problem;
};

test('an event of a sink and a message of the command line say the same', () => {
  const inEnvelope = readCallEvent(event(emotion, { time: '2026-01-01T00:00:00.000Z' })) as CallEvent;
  const bare = readCallEvent(JSON.stringify({ ...emotion, file: 'call.wav' })) as CallEvent;
  expect(inEnvelope).toMatchObject({ id: 'i', session: 's', atMs: Date.UTC(2026, 0, 1) });
  expect(bare).toMatchObject({ id: 's#3', session: 's', atMs: null });
  expect(bare.message).toEqual(inEnvelope.message);
  expect(bare.message).toMatchObject({ label: 'angry', valence: -0.5, isFinal: true });
});

test.each<[object, RegExp]>([
  [{ channel: 8 }, /channel/],
  [{ channel: -1 }, /channel/],
  [{ start: -1 }, /start/],
  [{ end: 1e300 }, /end/],
  [{ start: '1' }, /start/],
  [{ confidence: 2 }, /confidence/],
  [{ label: {} }, /label/],
  [{ label: '' }, /label/],
  [{ role: 'admin' }, /role/],
  [{ segment: 0.5 }, /segment/],
])('%j is said to be malformed', (change, expected) => {
  expect(problem(event({ ...emotion, ...change }))).toMatch(expected);
});

test('what would steer a terminal is replaced, and what is long is cut', () => {
  const label = `\u001b[2J\u009b2J\u202egood\n${'x'.repeat(100)}`;
  const { message } = readCallEvent(event({ ...emotion, label })) as CallEvent;
  const shown = message?.type === 'Emotion' ? message.label! : '';
  expect(shown).toHaveLength(64);
  expect(shown).not.toMatch(/[\p{Cc}\u202e]/u);
});

test('a later version may say more', () => {
  expect(readCallEvent(event({ ...emotion, type: 'Novelty', channel: 'x' }))).toMatchObject({
    message: null,
  });
  expect(isCallEvent(readCallEvent(event({ ...emotion, more: { of: 'it' } })))).toBe(true);
  // Names of what every object has are no types.
  expect(readCallEvent(event({ ...emotion, type: 'constructor' }))).toMatchObject({ message: null });
});

test('no damage makes it throw', () => {
  const text = event(emotion, { time: '2026-01-01T00:00:00.000Z' });
  let seed = 1;
  const random = (most: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % most;
  };
  for (let i = 0; i < 5000; i++) {
    const at = random(text.length);
    const damaged = text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + random(4));
    const read = readCallEvent(damaged);
    expect(isCallEvent(read) || read.problem !== '').toBe(true);
  }
});

test('lines are read however they are cut, with their numbers, and a line without an end does not fill the memory', async () => {
  const text = `\ufeff${event(emotion)}\r\n\nbroken\n${'x'.repeat(3_000_000)}\n${event(emotion)}`;
  for (const size of [1_000_000, 65_536, 10_007]) {
    async function* parts(): AsyncGenerator<string> {
      for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
    }
    const lines = [];
    for await (const { line, event: found, problem: why } of readEventLines(parts()))
      lines.push([line, found?.id ?? why.slice(0, 9)]);
    expect(lines).toEqual([
      [1, 'i'],
      [3, 'not JSON'],
      [4, 'more than'],
      [5, 'i'],
    ]);
  }
});
