import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { AlertSaid, CallMessage, ResultSaid } from '../../calls/call-message.ts';
import { createPaint } from '../../terminal/paint.ts';
import { boardLines, sparkline } from './board-text.ts';
import { CallBoard } from './call-board.ts';

const result = (segment: number, more: Partial<ResultSaid> = {}): ResultSaid => ({
  ...{ type: 'Emotion', channel: 0, role: 'customer', segment, revision: 1, isFinal: true, confidence: 0.8 },
  ...{
    start: segment * 10,
    end: segment * 10 + 5,
    label: 'angry',
    sentiment: 'negative',
    valence: -0.4,
    arousal: 0.4,
  },
  ...more,
});
const alert = (level: AlertSaid['level'], isOpened = true): AlertSaid => ({
  ...{ type: 'Alert', id: level, channel: 0, role: 'customer', rule: 'sustained_anger', level, isOpened },
  ...{ since: 3, time: 6, score: 0.5 },
});
const over: CallMessage = {
  ...{ type: 'Summary', seconds: 60, reason: 'client_close', speechSeconds: [30] },
  ...{ roles: new Map(), turningPoints: [] },
};

function board(calls: Readonly<Record<string, readonly CallMessage[]>>): CallBoard {
  const made = new CallBoard();
  for (const [session, messages] of Object.entries(calls))
    for (const message of messages) made.accept({ session, message });
  return made;
}

test('what is worth looking at comes first: grave alerts, bad mood, and what is over last', () => {
  const made = board({
    over: [result(0), alert('critical'), over],
    content: [result(0, { valence: 0.5 })],
    cleared: [result(0, { valence: 0.4 }), alert('critical'), alert('critical', false)],
    sad: [result(0, { valence: -0.3 })],
    warned: [result(0, { valence: 0.9 }), alert('warn')],
    critical: [alert('critical')],
    'angry agent': [result(0, { role: 'agent', valence: -1 })],
  });
  expect(made.calls().map(({ session }) => session)).toEqual([
    'critical',
    'warned',
    'sad',
    'angry agent',
    'cleared',
    'content',
    'over',
  ]);
});

test('a channel shows its newest result, how it went and how much it speaks', () => {
  const interim = result(2, { isFinal: false, label: 'sad', revision: 3, valence: -0.9 });
  const made = board({
    a: [
      result(0, { valence: 0.9 }),
      result(1, { valence: -0.9 }),
      interim,
      result(2, { isFinal: false, label: 'happy', revision: 2 }),
    ],
  });
  const [channel] = made.calls()[0]!.channels;
  expect(channel).toMatchObject({ valence: [0.9, -0.9], speechSeconds: 10, result: { label: 'sad' } });
  expect(sparkline(channel!.valence)).toBe('      █▁');
  const lines = boardLines(made.calls(), { rows: 10, width: 80, paint: (_, text) => text });
  expect(lines[0]).toBe('1 call, 0 over');
  expect(lines[2]).toContain('customer   sad');
  expect(lines[2]).toContain('speaks 40 %');
});

test('what is shown fits the screen, whatever comes', () => {
  const made = new CallBoard();
  for (let i = 0; i < 3000; i++) {
    made.accept({ session: `\u001b[31m${'long'.repeat(10)}${i}`, message: result(0) });
    made.accept({ session: `\u001b[31m${'long'.repeat(10)}${i}`, message: alert('warn') });
  }
  expect(made.size).toBe(2000);
  for (const [rows, width] of [
    [24, 80],
    [5, 60],
    [100, 200],
  ] as const) {
    const lines = boardLines(made.calls(), { rows, width, paint: (_, text) => text });
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(width);
      expect(line).not.toContain('\u001b');
    }
  }
});

test('labels and sessions of whatever name take the line that they have', () => {
  const paint = createPaint(true);
  const names = ['constructor', '__proto__', 'x'.repeat(500)];
  const made = board(Object.fromEntries(names.map((name) => [`s ${name}`, [result(0, { label: name })]])));
  const lines = boardLines(made.calls(), { rows: 100, width: 60, paint }).map(stripVTControlCharacters);
  expect(lines).toHaveLength(1 + 2 * names.length);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
});
