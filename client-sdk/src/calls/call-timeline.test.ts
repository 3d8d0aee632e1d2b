import { expect, test } from 'vitest';
import type { AlertSaid, CallMessage, ResultSaid } from './call-message.ts';
import { CallTimelineBuilder } from './call-timeline.ts';
import { timelineCsv } from './timeline-csv.ts';
import { timelineJson } from './timeline-json.ts';
import { labelShares, timelineWords } from './timeline-words.ts';
import { isOfAgent, withoutAgents } from './without-agents.ts';

const result = (segment: number, revision: number, more: Partial<ResultSaid> = {}): ResultSaid => ({
  type: 'Emotion',
  channel: 0,
  role: 'customer',
  segment,
  revision,
  start: segment * 10,
  end: segment * 10 + revision,
  isFinal: false,
  label: 'angry',
  confidence: 0.5,
  sentiment: 'negative',
  valence: -0.5,
  arousal: 0.5,
  ...more,
});
const alert = (isOpened: boolean, time: number): AlertSaid => ({
  ...{
    type: 'Alert',
    id: 'a',
    channel: 0,
    role: 'customer',
    rule: 'sustained_anger',
    level: 'warn',
    since: 3,
  },
  isOpened,
  time,
  score: isOpened ? 0.7 : 0.1,
});
const begin: CallMessage = {
  type: 'Begin',
  model: 'm@1',
  roles: ['customer', 'agent'],
  analyze: ['customer'],
};
const summary: CallMessage = {
  type: 'Summary',
  seconds: 30,
  reason: 'client_close',
  speechSeconds: [5, 0],
  roles: new Map(),
  turningPoints: [{ channel: 0, time: 12, before: 0, after: -0.5 }],
};

function build(messages: readonly CallMessage[]): CallTimelineBuilder {
  const builder = new CallTimelineBuilder('s');
  for (const message of messages) builder.accept({ session: 's', atMs: 1000, message });
  return builder;
}

test('the same events in any order, as often as they come, give the same timeline', () => {
  const messages: CallMessage[] = [
    begin,
    result(0, 1),
    result(0, 2),
    result(0, 3, { isFinal: true, label: 'sad' }),
    alert(true, 5),
    result(1, 2, { isFinal: true, label: null, valence: null, arousal: null }),
    { type: 'Gap', start: 20, duration: 2, reason: 'client' },
    alert(false, 25),
    summary,
  ];
  const expected = build(messages).timeline();
  expect(expected).toMatchObject({
    startedAtMs: 1000,
    model: 'm@1',
    seconds: 30,
    isOver: true,
    endReason: 'client_close',
    channels: [
      {
        role: 'customer',
        isAnalysed: true,
        speechSeconds: 5,
        segments: [{ label: 'sad', end: 3 }, { label: null }],
      },
      { role: 'agent', isAnalysed: false, segments: [] },
    ],
    alerts: [{ since: 3, openedAt: 5, clearedAt: 25, score: 0.7 }],
    gaps: [{ start: 20, duration: 2 }],
    turningPoints: [{ time: 12, after: -0.5 }],
  });
  for (let turn = 1; turn < messages.length; turn++) {
    const turned = [...messages.slice(turn), ...messages.slice(0, turn), ...messages];
    expect(build(turned).timeline()).toEqual(expected);
  }
  expect(build([...messages].reverse()).timeline()).toEqual(expected);
});

test('an interim result shows until the final one, and a newer one in its place', () => {
  const builder = build([result(0, 2), result(0, 1)]);
  expect(builder.timeline().channels[0]!.segments).toMatchObject([{ end: 2, isFinal: false }]);
  expect(builder.timeline()).toMatchObject({ isOver: false, seconds: 2 });
});

test('what is final stays, whatever comes later', () => {
  const builder = build([result(0, 3, { isFinal: true, label: 'sad' }), result(0, 9)]);
  expect(builder.timeline().channels[0]!.segments).toMatchObject([{ label: 'sad', end: 3, isFinal: true }]);
});

test('events of other calls change nothing', () => {
  const builder = build([]);
  builder.accept({ session: 'other', atMs: 0, message: result(0, 1) });
  expect(builder.timeline()).toEqual(new CallTimelineBuilder('s').timeline());
});

test('of a call without an end so much is kept, and what is left out is counted', () => {
  const builder = new CallTimelineBuilder('s');
  for (let i = 0; i < 10_005; i++)
    builder.accept({ session: 's', atMs: null, message: result(i, 1, { start: 0, end: 1, isFinal: true }) });
  expect(builder.timeline()).toMatchObject({ leftOut: 5 });
  expect(builder.timeline().channels[0]!.segments).toHaveLength(10_000);
});

test('words say what the picture shows', () => {
  const call = build([
    begin,
    result(0, 3, { isFinal: true }),
    result(1, 1, { isFinal: true, label: null }),
    alert(true, 5),
    summary,
  ]).timeline();
  expect(labelShares(call.channels[0]!)).toEqual([
    ['angry', 0.75],
    ['unsure', 0.25],
  ]);
  expect(timelineWords(call)).toEqual({
    title: 'Call s',
    facts: '1970-01-01 00:00 UTC · 0:30 · m@1 · over (client close)',
    description:
      'A call, 0:30 long. The customer spoke for 0:05 in 2 segments: angry 75 %, unsure 25 %. The agent is not shown. Alerts: sustained anger (warn) from 0:03, still open. It turned at 0:12.',
  });
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('%j is text to a spreadsheet', (label) => {
  const csv = timelineCsv(build([result(0, 1, { isFinal: true, label })]).timeline());
  const quoted = /\r/.test(label) ? `"'${label}"` : `'${label}`;
  expect(csv).toContain(`segment,0,1,0,customer,${quoted},0.5,`);
});

test('CSV and JSON have all of it, and no cell is a formula', () => {
  const call = build([
    result(0, 1, { isFinal: true, label: '=cmd|"x"' }),
    alert(true, 5),
    summary,
  ]).timeline();
  expect(timelineCsv(call).split('\r\n')).toEqual([
    'kind,start_s,end_s,channel,role,name,confidence,is_final,sentiment,valence,arousal,level',
    `segment,0,1,0,customer,"'=cmd|""x""",0.5,true,negative,-0.5,0.5,`,
    'alert,3,,0,customer,sustained_anger,0.7,,,,,warn',
    'turning_point,12,12,0,,valence,,,,-0.5,,',
    '',
  ]);
  expect(JSON.parse(timelineJson(call))).toMatchObject({
    format: 'undertone.timeline/1',
    session_id: 's',
    audio_s: 30,
    channels: [{ segments: [{ label: '=cmd|"x"', is_final: true }] }],
    alerts: [{ rule: 'sustained_anger', cleared_at: null }],
  });
});

test('what is shown without agents says that there is one, and no more', () => {
  const call = build([
    { ...begin, analyze: ['customer', 'agent'] } as CallMessage,
    result(0, 1, { isFinal: true }),
    result(0, 1, { isFinal: true, channel: 1, role: 'agent', label: 'sad' }),
    { ...alert(true, 5), id: 'b', channel: 1, role: 'agent', rule: 'agent_rule' },
    alert(true, 6),
    { ...summary, turningPoints: [{ channel: 1, time: 3, before: 0, after: -1 }] } as CallMessage,
  ]).timeline();
  const shown = withoutAgents(call);
  expect(shown.channels).toMatchObject([
    { role: 'customer', isAnalysed: true, segments: [{ label: 'angry' }] },
    { role: 'agent', isAnalysed: false, segments: [] },
  ]);
  expect(JSON.stringify(shown)).not.toMatch(/sad|agent_rule|-1/);
  expect(shown.alerts).toHaveLength(1);
  expect(isOfAgent(result(0, 1, { role: 'agent' }))).toBe(true);
  expect(isOfAgent(result(0, 1))).toBe(false);
});
