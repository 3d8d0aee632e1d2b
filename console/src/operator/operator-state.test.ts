import { expect, test } from 'vitest';
import { labelShares, OperatorState } from './operator-state.ts';
import type { OperatorStream, OperatorTotals } from './overview.ts';

const totals: OperatorTotals = {
  streams: 2,
  capacity: 10,
  loadRatio: 0.2,
  opened: 5,
  refused: 1,
  isDraining: false,
};

function stream(id: string, label: string | null, seconds = 1): OperatorStream {
  return {
    id,
    door: 'websocket',
    model: 'm@1',
    state: 'open',
    startedAt: '2026-01-01T00:00:00.000Z',
    seconds,
    lagMs: 0,
    channels: [
      {
        channel: 0,
        role: 'customer',
        isAnalysed: true,
        result: { label, confidence: 0.5, sentiment: 'neutral', isFinal: true, atSeconds: 1 },
        trend: null,
        alerts: [],
      },
    ],
  };
}

test('changes replace what has changed and take off what is over', () => {
  const state = new OperatorState();
  state.overview({ at: '2026-01-01T00:00:00Z', totals, streams: [stream('a', 'sad'), stream('b', 'happy')] });
  state.change({
    at: '2026-01-01T00:00:01Z',
    totals: { ...totals, streams: 3 },
    streams: [stream('b', 'angry', 2), stream('c', null)],
    ended: ['a'],
  });
  expect(state.streams.map(({ id, seconds }) => [id, seconds])).toEqual([
    ['b', 2],
    ['c', 1],
  ]);
  expect(state.history.map(({ streams }) => streams)).toEqual([2, 3]);
  state.overview({ at: '2026-01-01T00:00:09Z', totals, streams: [] });
  expect(state.streams).toEqual([]);
});

test('shares count the newest labels; who has none counts for nothing', () => {
  const streams = [stream('a', 'sad'), stream('b', 'sad'), stream('c', 'happy'), stream('d', null)];
  expect(labelShares(streams)).toEqual([
    { label: 'sad', count: 2, share: 2 / 3 },
    { label: 'happy', count: 1, share: 1 / 3 },
  ]);
  expect(labelShares([])).toEqual([]);
});
