import { type AlertRule, parseAlertRules } from '@undertone/core';
import { expect, test } from 'vitest';
import { type CallEvent, isCallEvent, readCallEvent } from '../calls/call-event.ts';
import { readEventLines } from '../calls/read-event-lines.ts';
import { AlertReplay, type ReplayReport } from './alert-replay.ts';
import { replayHtml } from './replay-page.ts';

const rules: AlertRule[] = parseAlertRules({
  rules: [
    {
      name: 'anger',
      kind: 'sustained',
      labels: ['angry'],
      on: 0.6,
      off: 0.4,
      durationMs: 2000,
      coolDownMs: 0,
    },
    { name: 'drop', kind: 'drop', on: 0.5, off: 0.2, durationMs: 2000 },
  ],
});

/** A call that is calm, then angry, then calm, a segment a second. */
function callLines(session: string, angryFrom = 4, angryTo = 8, seconds = 12): string[] {
  const write = (data: object): string => JSON.stringify({ ...data, session_id: session });
  const results = Array.from({ length: seconds }, (_, i) => {
    const angry = i >= angryFrom && i < angryTo ? 0.9 : 0.1;
    return write({
      type: 'Emotion',
      seq: i + 1,
      channel: 0,
      ordinal: i,
      role: 'customer',
      segment: i,
      revision: 0,
      start: i,
      end: i + 1,
      is_final: true,
      label: null,
      confidence: 0.9,
      scores: { angry, neutral: 1 - angry },
      dimensions: { valence: 0.5 - angry, arousal: angry },
      speech_ratio: 1,
    });
  });
  return [...results, write({ type: 'Summary', seq: seconds + 1, audio_s: seconds, speech_s: [seconds] })];
}

const eventOf = (line: string): CallEvent => {
  const read = readCallEvent(line);
  if (!isCallEvent(read)) throw new Error(read.problem);
  return read;
};

function replayed(lines: readonly string[], options = {}): { report: ReplayReport; problems: string[] } {
  const replay = new AlertReplay(rules, options);
  const problems = lines.flatMap((line) => replay.accept(eventOf(line)) ?? []);
  return { report: replay.finish(), problems };
}

test('alerts are counted by rule, per hour and per call, with how long they were open', () => {
  const { report, problems } = replayed([...callLines('a'), ...callLines('b', 0, 0)]);
  expect(problems).toEqual([]);
  expect(report).toMatchObject({ calls: 2, hours: 24 / 3600, results: 24, withoutEnd: 0, unknownLabels: [] });
  expect(report.rules).toMatchObject([
    { rule: 'anger', opened: 1, cleared: 1, callsWithAlert: 1, shareOfCalls: 0.5, alertsPerHour: 150 },
    { rule: 'drop', opened: 1 },
  ]);
  const [opened, cleared] = report.alerts.filter(({ rule }) => rule === 'anger');
  expect(opened).toMatchObject({ id: 'a:anger:0:0', session: 'a', state: 'opened', sinceSample: 4 * 16_000 });
  expect(report.rules[0]!.meanSeconds).toBeCloseTo((cleared!.atSample - opened!.atSample) / 16_000, 9);
});

test('calls that are mixed are told apart', () => {
  const [a, b] = [callLines('a'), callLines('b')];
  const apart = replayed([...a, ...b]).report;
  const mixed = replayed(a.flatMap((line, i) => [line, b[i]!])).report;
  expect(mixed.rules).toEqual(apart.rules);
  expect(mixed.alerts.map(({ id }) => id).sort()).toEqual(apart.alerts.map(({ id }) => id).sort());
});

test('what comes twice or out of order does not count, and is told', () => {
  const lines = callLines('a');
  const expected = replayed(lines).report;
  const { report, problems } = replayed([
    ...lines.slice(0, 6),
    lines[5]!,
    lines[2]!,
    ...lines.slice(6),
    lines[3]!,
  ]);
  expect(problems).toEqual([
    'Emotion: ordinal 5 comes twice or out of order',
    'Emotion: ordinal 2 comes twice or out of order',
    'comes after the Summary of its call',
  ]);
  expect(report).toEqual(expected);
});

test('a call that does not end is cleared where it was heard last', () => {
  const { report } = replayed(callLines('a').slice(0, 8));
  expect(report).toMatchObject({ calls: 1, withoutEnd: 1, hours: 8 / 3600 });
  expect(report.alerts.at(-1)).toMatchObject({ state: 'cleared', atSample: 8 * 16_000 });
});

test.each([
  [{}, 5000],
  // Each of two rules at nineteen levels more.
  [{ hasCurves: true }, 2500],
])('of calls that never end, with %j the first is let go of when there are %i', (options, most) => {
  const replay = new AlertReplay(rules, options);
  const [first] = callLines('');
  const hear = (n: number): string | null =>
    replay.accept(eventOf(first!.replace('"session_id":""', `"session_id":"${n}"`)));
  for (let n = 0; n < most; n++) expect(hear(n)).toBeNull();
  expect(hear(0)).toMatch(/comes twice/);
  expect(hear(most)).toBeNull();
  expect(hear(0)).toMatch(/after the Summary/);
  expect(replay.finish()).toMatchObject({ calls: most + 1, withoutEnd: most + 1 });
});

test('a recording whose beginning is missing raises what it would have raised with it', () => {
  const begin = {
    type: 'Begin',
    session_id: 'a',
    seq: 0,
    model: { name: 'm', version: '1' },
    config: { channel_roles: ['customer'] },
  };
  const started = { type: 'SpeechStarted', session_id: 'a', seq: 1, channel: 0, ordinal: 0, time: 0 };
  // The first result covers the newest part of its segment alone.
  const [, second, ...rest] = callLines('a', 0, 8);
  const lines = [JSON.stringify(started), second!.replace('"start":1', '"start":1.5'), ...rest];
  const whole = replayed([JSON.stringify(begin), ...lines]).report;
  expect(whole.alerts[0]).toMatchObject({ sinceSample: 0, atSample: 2 * 16_000 });
  expect(replayed(lines).report).toEqual(whole);
});

test('a curve has fewer alerts the higher the level, and the level of the rule among them', () => {
  const { report } = replayed(callLines('a'), { hasCurves: true });
  const [{ points }] = report.curves as [ReplayReport['curves'][number]];
  expect(points.map(({ on }) => on)).toContain(0.6);
  expect(points.find(({ on }) => on === 0.6)!.opened).toBe(report.rules[0]!.opened);
  expect(points.at(-1)!.opened).toBe(0);
});

test('names out of recordings cannot become parts of a page', () => {
  const { report } = replayed(callLines('<script>alert(1)</script>'), { keptCalls: 1, hasCurves: true });
  expect(report.keptCalls).toHaveLength(1);
  const html = replayHtml(rules, report);
  expect(html).toContain('&lt;script&gt;');
  expect(html).not.toContain('<script');
});

test('lines broken anywhere, in any way, harm no call but their own', async () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const values = ['-1', '1e308', 'null', '"x"', '[]', '{}', '1e9', '0.5', '"\\u202e"', ''];
  const whole = callLines('whole');
  const expected = replayed(whole).report.alerts;
  for (let round = 0; round < 300; round++) {
    const broken = callLines('broken').map((line) => {
      switch (random(4)) {
        case 0:
          return line.slice(0, random(line.length));
        case 1:
          return line.replace(/:([^,{}[\]]+)/g, (_, value) =>
            random(4) === 0 ? `:${values[random(values.length)]}` : `:${value}`,
          );
        case 2: {
          const at = random(line.length);
          return line.slice(0, at) + String.fromCharCode(random(256)) + line.slice(at + 1);
        }
        default:
          return line;
      }
    });
    const text = whole.flatMap((line, i) => [line, broken[i]!]).join('\n');
    const replay = new AlertReplay(rules, { hasCurves: round % 10 === 0, keptCalls: 2 });
    async function* parts(): AsyncGenerator<string> {
      for (let at = 0; at < text.length; at += 997) yield text.slice(at, at + 997);
    }
    for await (const { event } of readEventLines(parts())) if (event) replay.accept(event);
    const report = replay.finish();
    expect(report.alerts.filter(({ session }) => session === 'whole')).toEqual(expected);
    for (const { score, atSample } of report.alerts)
      expect([Number.isFinite(score), Number.isSafeInteger(atSample)]).toEqual([true, true]);
  }
});
