import { expect, test } from 'vitest';
import { isCallsPath, parseCallsQuery } from './calls-query.ts';

const events = '/v1/operator/calls/ut_1/events';

test('paths of calls and of their events are taken, and no others', () => {
  for (const path of ['/v1/operator/calls', events]) expect(isCallsPath(path)).toBe(true);
  for (const path of [
    '/v1/operator/calls/',
    '/v1/operator/calls/a/b/events',
    '/v1/operator/calls/ut_1',
    '/v1/operator',
  ])
    expect(isCallsPath(path)).toBe(false);
});

test('a question has what was asked, and bounds where nothing was', () => {
  expect(parseCallsQuery(events, '')).toEqual({
    kind: 'events',
    session: 'ut_1',
    page: { after: null, limit: 100 },
  });
  expect(parseCallsQuery(events, 'after=7&limit=500')).toMatchObject({ page: { after: 7, limit: 500 } });
  expect(parseCallsQuery('/v1/operator/calls/a%2Eb%20%3E/events', '')).toMatchObject({ session: 'a.b >' });
  const { since } = parseCallsQuery('/v1/operator/calls', 'since_s=60') as { since: Date };
  expect(Date.now() - since.getTime()).toBeGreaterThanOrEqual(60_000);
  expect(Date.now() - since.getTime()).toBeLessThan(90_000);
});

test.each([
  'limit=0',
  'limit=501',
  'limit=1e2',
  'limit=',
  'after=-1',
  'after=99999999999999999',
  'after=1&after=2',
  'limit=x',
])('%s is refused', (search) => {
  expect(() => parseCallsQuery(events, search)).toThrowError(
    expect.objectContaining({ code: 'bad_parameter' }),
  );
});

test.each(['%', '%ff', 'x'.repeat(257)])('a session that is none is refused', (session) => {
  expect(() => parseCallsQuery(`/v1/operator/calls/${session}/events`, '')).toThrowError(
    expect.objectContaining({ code: 'bad_parameter' }),
  );
});
