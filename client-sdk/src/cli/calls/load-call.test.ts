import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { feedConnection, toSince } from './feed-choice.ts';
import { type CallChoice, loadCall } from './load-call.ts';
import { writeTimeline } from './show.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-calls-'));
const gap = (session: string, start: number): string =>
  `{"type":"Gap","session_id":"${session}","seq":${start},"start":${start},"duration":1,"reason":"client"}\n`;
const file = (name: string): string => join(folder, name);
beforeAll(() => {
  writeFileSync(file('bad'), 'nonsense\n{"type":"Emotion","session_id":"a","seq":1}\n');
  writeFileSync(file('two'), `${gap('one', 1)}broken\n${gap('two', 1)}${gap('one', 2)}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('of a file with two calls one is chosen, and what is no event is told with its line', async () => {
  const { call, malformed, firstProblem } = await loadCall('one', { from: file('two') });
  expect(call.gaps).toHaveLength(2);
  expect([malformed, firstProblem]).toEqual([1, `${file('two')}:2: not JSON`]);
});

test.each<[string | undefined, CallChoice, string, RegExp]>([
  [undefined, { from: file('bad') }, 'not_found', /bad:1: not JSON/],
  [undefined, { from: file('two') }, 'bad_parameter', /one, two/],
  ['three', { from: file('two') }, 'not_found', /three in .*others: one, two/],
  [undefined, { from: file('absent') }, 'file_not_found', /absent/],
  [undefined, { from: folder }, 'file_not_found', /EISDIR/],
  [undefined, {}, 'bad_parameter', /--from FILE/],
  ['x', {}, 'bad_parameter', /UNDERTONE_NATS_URL/],
  ['x', { natsUrl: 'nats://127.0.0.1:1' }, 'connection_failed', /127\.0\.0\.1:1/],
  ['x', { natsUrl: 'nats://127.0.0.1:1', natsTokenFile: file('absent') }, 'file_not_found', /absent/],
])('%s with %j is refused', async (session, choice, code, message) => {
  await expect(loadCall(session, choice)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('a timeline wants to be told where to', async () => {
  for (const options of [{}, { svg: true, csv: true }, { svg: file('no/such/folder.svg') }] as const)
    expect(await writeTimeline('one', { from: file('two'), ...options })).toBe(false);
});

test('several servers of NATS are one list, and a token comes from a file or the environment', async () => {
  writeFileSync(file('token'), 'open-sesame\n');
  expect(
    await feedConnection({ natsUrl: 'nats://a:1, nats://b:2', natsTokenFile: file('token'), tenant: 't' }),
  ).toEqual({
    natsUrl: ['nats://a:1', 'nats://b:2'],
    natsToken: 'open-sesame',
    tenant: 't',
  });
});

test('times are read as people write them', () => {
  expect(Math.round((Date.now() - toSince('15m').getTime()) / 1000)).toBe(900);
  expect(toSince('2026-01-31T12:00:00Z').getTime()).toBe(Date.UTC(2026, 0, 31, 12));
  for (const text of ['', '1w', '-1h', 'now', '99', '2026-13-01', '1e9d'])
    expect(() => toSince(text)).toThrow('Expected a time');
});
