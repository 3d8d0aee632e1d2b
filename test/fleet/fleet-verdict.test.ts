import { expect, test } from 'vitest';
import type { MadeCall } from './fleet-load.ts';
import { verdictOf } from './fleet-verdict.ts';

const reference = { events: ['0 started', '1 final', '2 final'], finals: ['1 final', '2 final'] };
const call = (change: Partial<MadeCall>): MadeCall => ({
  ...reference,
  session: 's',
  piece: 0,
  latencyMs: [1],
  finalLatencyMs: [1],
  moveMs: [],
  vainAttempts: 0,
  error: null,
  hasBegun: true,
  ...change,
});

test('what came as undisturbed is neither lost nor repeated', () => {
  expect(verdictOf([call({}), call({})], [reference])).toMatchObject({
    finalsExpected: 4,
    finalsLost: 0,
    finalsRepeated: 0,
    eventsLost: 0,
    eventsRepeated: 0,
    eventsOther: 0,
    callsFailed: 0,
  });
});

test('a final that is missing, one that came twice and one that says something else are each counted', () => {
  const lost = call({ events: ['0 started', '2 final'], finals: ['2 final'] });
  const repeated = call({
    events: ['0 started', '1 final', '1 final', '2 final'],
    finals: ['1 final', '1 final', '2 final'],
  });
  const other = call({ events: ['0 started', '1 final', '2 other'], finals: ['1 final', '2 other'] });
  expect(verdictOf([lost], [reference])).toMatchObject({ finalsLost: 1, finalsRepeated: 0, eventsOther: 0 });
  expect(verdictOf([repeated], [reference])).toMatchObject({ finalsLost: 0, finalsRepeated: 1 });
  expect(verdictOf([other], [reference])).toMatchObject({ finalsLost: 1, eventsOther: 1 });
});

test('a call that failed counts, and so does all that it did not get', () => {
  const failed = call({ events: [], finals: [], error: new Error('gone') });
  expect(verdictOf([failed], [reference])).toMatchObject({
    callsFailed: 1,
    failures: ['gone'],
    finalsLost: 2,
  });
});
