import { expect, test } from 'vitest';
import type { OperatorAlert, OperatorStream } from '../overview.ts';
import { SeenCall } from './seen-call.ts';

function stream(
  seconds: number,
  label: string | null,
  alerts: readonly OperatorAlert[] = [],
): OperatorStream {
  const line = { mean: -0.5, slope: 0 };
  return {
    ...{
      id: 's',
      door: 'websocket',
      model: 'm@1',
      state: 'open',
      startedAt: '2026-01-01T00:00:00.000Z',
      lagMs: 0,
    },
    seconds,
    channels: [
      {
        ...{ channel: 0, role: 'customer', isAnalysed: true, alerts },
        result: { label, confidence: 0.5, sentiment: 'negative', isFinal: false, atSeconds: seconds - 0.5 },
        trend: { valence: line, arousal: line },
      },
      { channel: 1, role: 'agent', isAnalysed: true, result: null, trend: null, alerts: [] },
    ],
  };
}

test('looks at a running call become a timeline of what was seen', () => {
  const seen = new SeenCall('s');
  const alert: OperatorAlert = { rule: 'sustained_anger', level: 'warn', sinceSeconds: 2 };
  for (const [seconds, label] of [
    [3, 'neutral'],
    [4, 'angry'],
    [5, 'angry'],
    [20, 'angry'],
  ] as const)
    seen.look(stream(seconds, label, seconds === 5 ? [alert] : []));
  const { channels, alerts, isOver, seconds } = seen.timeline();
  expect(channels[0]!.segments).toMatchObject([
    { start: 1.5, end: 2.5, label: 'neutral' },
    { start: 2.5, end: 4.5, label: 'angry', valence: -0.5 },
    { start: 18.5, end: 19.5, label: 'angry' },
  ]);
  expect(channels[1]).toMatchObject({ role: 'agent', isAnalysed: false, segments: [] });
  expect(alerts).toMatchObject([{ rule: 'sustained_anger', since: 2, clearedAt: 20 }]);
  expect({ isOver, seconds }).toEqual({ isOver: false, seconds: 20 });
  seen.end();
  expect(seen.timeline()).toMatchObject({ isOver: true });
});

test('a call that never ends is kept to so much', () => {
  const seen = new SeenCall('s');
  for (let i = 0; i < 1500; i++) seen.look(stream(10 * (i + 1), 'angry'));
  expect(seen.timeline().channels[0]!.segments).toHaveLength(1000);
  expect(seen.timeline().leftOut).toBe(500);
});
