import { expect, test } from 'vitest';
import { AlertMonitor } from './alert-monitor.ts';
import type { AlertEvent } from './alert-rule.ts';
import { parseAlertRules } from './parse-alert-rules.ts';

const rate = 16_000;

interface Said {
  readonly angry?: number;
  readonly sad?: number;
  readonly valence?: number;
  readonly arousal?: number;
  readonly confidence?: number;
}

/** Feeds a monitor one second of speech at a time, each a segment of its own. */
class Caller {
  readonly alerts: AlertEvent[] = [];
  monitor: AlertMonitor;
  #segment = 0;
  seconds = 0;

  constructor(monitor: AlertMonitor) {
    this.monitor = monitor;
  }

  say(seconds: number, { angry = 0, sad = 0, valence = 0, arousal = 0, confidence = 0.9 }: Said): this {
    for (let i = 0; i < seconds; i++) {
      const startSample = this.seconds++ * rate;
      this.alerts.push(
        ...this.monitor.hear({
          type: 'Emotion',
          channel: 0,
          segment: this.#segment++,
          startSample,
          endSample: startSample + rate,
          speechRatio: 1,
          confidence,
          scores: { angry, sad, neutral: 1 - angry - sad },
          dimensions: { valence, arousal },
        }),
      );
    }
    return this;
  }

  /** Silence, after which speech begins. */
  pause(seconds: number): this {
    this.seconds += seconds;
    const atSample = this.seconds * rate;
    this.alerts.push(...this.monitor.hear({ type: 'SpeechStarted', channel: 0, atSample }));
    return this;
  }

  /** Rule, state and second of each. */
  get story(): string[] {
    return this.alerts.map(
      ({ rule, number, state, atSample }) => `${rule} ${number} ${state} ${atSample / rate}`,
    );
  }
}

const call = (...rules: object[]): Caller =>
  new Caller(new AlertMonitor(parseAlertRules({ rules }), ['customer']));
const anger = {
  name: 'anger',
  kind: 'sustained',
  labels: ['angry'],
  on: 0.6,
  off: 0.4,
  durationMs: 4000,
  windowMs: 20_000,
  coolDownMs: 10_000,
};

test('anger opens an alert once it has lasted, and clears it when it is over', () => {
  const caller = call(anger).say(5, {}).say(3, { angry: 0.7 });
  expect(caller.alerts).toEqual([]);
  caller.say(1, { angry: 0.7 });
  expect(caller.alerts).toEqual([
    {
      type: 'Alert',
      channel: 0,
      rule: 'anger',
      level: 'warn',
      number: 0,
      state: 'opened',
      sinceSample: 5 * rate,
      atSample: 9 * rate,
      score: expect.closeTo(0.7, 9),
      speechSamples: 4 * rate,
    },
  ]);
  caller.say(8, {});
  expect(caller.story).toEqual(['anger 0 opened 9', 'anger 0 cleared 11']);
  expect(caller.alerts[1]).toMatchObject({ sinceSample: 5 * rate, score: expect.closeTo(0.35, 9) });
});

test('between the two levels an alert stays as it is, open or not', () => {
  const caller = call(anger).say(20, { angry: 0.5 });
  expect(caller.story).toEqual([]);
  caller.say(20, { angry: 0.7 }).say(20, { angry: 0.5 });
  expect(caller.story).toEqual(['anger 0 opened 22']);
});

test('what comes during the cool-down opens no alert; what lasts beyond it does', () => {
  const caller = call(anger).say(4, { angry: 1 }).say(4, {}).say(20, { angry: 1 });
  expect(caller.story).toEqual(['anger 0 opened 4', 'anger 0 cleared 7', 'anger 1 opened 17']);
});

test('silence keeps time going: speech from before the window does not count, and clears what was open', () => {
  const caller = call(anger).say(3, { angry: 1 }).pause(30).say(3, { angry: 1 });
  expect(caller.story).toEqual([]);
  caller.say(1, { angry: 1 });
  expect(caller.story).toEqual(['anger 0 opened 37']);
  caller.pause(30);
  expect(caller.story[1]).toBe('anger 0 cleared 67');
  expect(caller.alerts[1]).toMatchObject({ score: 0, speechSamples: 0 });
});

test('results that are less sure than the rule asks for do not count', () => {
  const rule = { ...anger, minConfidence: 0.5 };
  expect(call(rule).say(9, { angry: 1, confidence: 0.49 }).story).toEqual([]);
  expect(call(rule).say(4, { angry: 1, confidence: 0.5 }).story).toEqual(['anger 0 opened 4']);
});

test('a rule by dimension opens below its level, and clears above the other', () => {
  const low = {
    name: 'low',
    kind: 'sustained',
    dimension: 'valence',
    direction: 'below',
    on: -0.5,
    off: -0.3,
    durationMs: 2000,
  };
  const caller = call(low).say(5, { valence: -0.4 }).say(3, { valence: -0.7 }).say(2, { valence: -0.1 });
  expect(caller.story).toEqual(['low 0 opened 6', 'low 0 cleared 10']);
});

test('a drop opens by the difference to what was said before, and clears as that is forgotten', () => {
  const drop = { name: 'drop', kind: 'drop', on: 0.5, off: 0.2, durationMs: 3000, windowMs: 12_000 };
  const caller = call(drop).say(2, { valence: 0.5 }).say(3, { valence: -0.5 });
  // Less than three seconds came before.
  expect(caller.story).toEqual([]);
  const other = call(drop).say(6, { valence: 0.5 }).say(20, { valence: -0.5 });
  expect(other.story).toEqual(['drop 0 opened 8', 'drop 0 cleared 17']);
  expect(other.alerts[0]!.score).toBeCloseTo(0.5 - (0.5 - 1) / 3, 9);
  expect(call(drop).say(6, { valence: -0.5 }).say(20, { valence: 0.5 }).story).toEqual([]);
});

test('distress needs its labels and arousal', () => {
  const distress = {
    name: 'distress',
    kind: 'distress',
    labels: ['sad', 'angry'],
    on: 0.6,
    off: 0.4,
    arousalOn: 0.3,
    arousalOff: 0.1,
    durationMs: 2000,
    windowMs: 8000,
  };
  expect(call(distress).say(9, { sad: 0.4, angry: 0.3, arousal: 0.2 }).story).toEqual([]);
  const caller = call(distress).say(3, { sad: 0.4, angry: 0.3, arousal: 0.5 }).say(2, { sad: 0.7 });
  expect(caller.story).toEqual(['distress 0 opened 2', 'distress 0 cleared 5']);
});

test('recovered comes once after the alert it belongs to, when that is over', () => {
  const recovered = {
    name: 'better',
    kind: 'recovered',
    after: 'anger',
    on: 0.2,
    off: 0,
    durationMs: 3000,
    coolDownMs: 0,
  };
  const caller = call(anger, recovered).say(10, { valence: 0.5 });
  expect(caller.story).toEqual([]);
  caller.say(6, { angry: 1, valence: -0.5 }).say(12, { valence: 0.5 });
  expect(caller.story).toEqual(['anger 0 opened 13', 'anger 0 cleared 19', 'better 0 opened 19']);
  caller.say(4, { valence: -0.5 }).say(4, { valence: 0.5 });
  expect(caller.story.slice(3)).toEqual(['better 0 cleared 30']);
});

test('with a baseline, a voice is compared with how it began', () => {
  const rule = { ...anger, on: 0.375, off: 0.125, baselineMs: 5000 };
  const always = call(rule).say(60, { angry: 0.8 });
  expect(always.story).toEqual([]);
  const caller = call(rule).say(10, { angry: 0.25 }).say(8, { angry: 0.75 }).say(8, { angry: 0.25 });
  expect(caller.story).toEqual(['anger 0 opened 13', 'anger 0 cleared 22']);
  expect(caller.alerts[0]!.score).toBeCloseTo(0.375, 9);
  // Where four seconds of speech follow the first five.
  const early = call(rule).say(5, {}).say(3, { angry: 0.9 });
  expect(early.story).toEqual([]);
  expect(early.say(1, { angry: 0.9 }).story).toEqual(['anger 0 opened 9']);
});

test('with a baseline, a drop is one below how the voice began, however long ago', () => {
  const drop = {
    name: 'drop',
    kind: 'drop',
    on: 0.5,
    off: 0.2,
    durationMs: 3000,
    windowMs: 6000,
    baselineMs: 4000,
  };
  const caller = call(drop).say(4, { valence: 0.5 }).say(3, { valence: 0 }).say(20, { valence: -0.5 });
  expect(caller.story).toEqual(['drop 0 opened 7']);
  expect(caller.say(3, { valence: 0.5 }).story[1]).toBe('drop 0 cleared 30');
});

test('weighted by confidence, what the model is unsure of counts less', () => {
  const said = (rule: object): Caller =>
    call(rule).say(2, { angry: 1, confidence: 0.9 }).say(2, { angry: 0, confidence: 0.3 });
  expect(said({ ...anger, on: 0.7 }).story).toEqual([]);
  const weighted = said({ ...anger, on: 0.7, weightBy: 'confidence' });
  expect(weighted.story).toEqual(['anger 0 opened 4']);
  expect(weighted.alerts[0]).toMatchObject({ score: expect.closeTo(0.75, 9), speechSamples: 4 * rate });
});

test('the scores of rules tell what stands against their levels', () => {
  const { monitor } = call({ ...anger, baselineMs: 2000 })
    .say(2, { angry: 0.1 })
    .say(4, { angry: 0.5 });
  expect(monitor.scores(0, 6 * rate)).toEqual([{ rule: 'anger', score: expect.closeTo(0.4, 9) }]);
  expect(monitor.scores(0, 60 * rate)).toEqual([{ rule: 'anger', score: null }]);
  expect(monitor.scores(1, 0)).toEqual([]);
});

test('roles and channels that a rule is not for raise nothing', () => {
  const rules = parseAlertRules({ rules: [anger, { ...anger, name: 'second', channels: [1] }] });
  expect(new Caller(new AlertMonitor(rules, ['agent'])).say(9, { angry: 1 }).story).toEqual([]);
  expect(new Caller(new AlertMonitor(rules, ['unknown'])).say(9, { angry: 1 }).story).toEqual([
    'anger 0 opened 4',
  ]);
});

test('the end of the stream clears what is open', () => {
  const caller = call(anger).say(5, { angry: 1 });
  expect(caller.monitor.finish(5.5 * rate)).toMatchObject([
    { state: 'cleared', number: 0, atSample: 5.5 * rate },
  ]);
  expect(caller.monitor.finish(5.5 * rate)).toEqual([]);
});

/** Results of one segment, as an interim every second and a final give them. */
function segment(seconds: number, windowSeconds: number, isFinalOnly: boolean) {
  const of = (endSeconds: number, startSeconds: number) => ({
    type: 'Emotion' as const,
    channel: 0,
    segment: 0,
    startSample: startSeconds * rate,
    endSample: endSeconds * rate,
    speechRatio: 1,
    confidence: 1,
    scores: { angry: 1 },
    dimensions: { valence: 0, arousal: 0 },
  });
  const interims = Array.from({ length: seconds }, (_, i) => of(i + 1, Math.max(0, i + 1 - windowSeconds)));
  return isFinalOnly ? [of(seconds, 0)] : [...interims, of(seconds, 0)];
}

test('speech counts once, however often results cover it, and whatever part of the segment they cover', () => {
  const rules = parseAlertRules({ rules: [{ ...anger, durationMs: 9000 }] });
  for (const [events, opensAt] of [
    [segment(12, 5, false), 9],
    [segment(12, 30, false), 9],
    [segment(12, 5, true), 12],
    [segment(8, 5, false), null],
  ] as const) {
    const monitor = new AlertMonitor(rules, ['customer']);
    const alerts = events.flatMap((event) => monitor.hear(event));
    expect(alerts.map(({ atSample }) => atSample / rate)).toEqual(opensAt === null ? [] : [opensAt]);
    if (opensAt !== null) expect(alerts[0]!.sinceSample).toBe(0);
  }
});

test('a monitor that goes on from a snapshot, taken anywhere, raises what one that was never moved does', () => {
  const rules = [
    anger,
    { name: 'drop', kind: 'drop', on: 0.5, off: 0.2, durationMs: 3000, windowMs: 12_000 },
    { name: 'better', kind: 'recovered', after: 'anger', on: 0.2, off: 0, durationMs: 3000 },
    { ...anger, name: 'than_before', on: 0.5, off: 0.3, baselineMs: 7000, weightBy: 'confidence' },
  ];
  const story = (movedAt: number): string[] => {
    const caller = call(...rules);
    for (let second = 0; second < 90; second++) {
      if (second === movedAt) {
        const next = new AlertMonitor(parseAlertRules({ rules }), ['customer']);
        next.restore(caller.monitor.snapshot());
        caller.monitor = next;
      }
      const isAngry = Math.floor(second / 10) % 3 === 1;
      caller.say(1, { angry: isAngry ? 0.9 : 0.1, valence: isAngry ? -0.6 : 0.4 });
      if (second % 17 === 0) caller.pause(2);
    }
    return caller.story;
  };
  const expected = story(-1);
  expect(new Set(expected.map((line) => line.split(' ')[0]))).toEqual(
    new Set(['anger', 'drop', 'better', 'than_before']),
  );
  for (let movedAt = 0; movedAt < 90; movedAt++)
    expect(story(movedAt), `moved at ${movedAt} s`).toEqual(expected);
});

test('a rule that was changed meanwhile begins anew, and its numbers go on', () => {
  const before = call(anger, { ...anger, name: 'gone' }).say(4, { angry: 1 });
  const changed = parseAlertRules({ rules: [{ ...anger, windowMs: 30_000, on: 0.7 }] });
  const after = new Caller(new AlertMonitor(changed, ['customer']));
  after.monitor.restore(before.monitor.snapshot());
  after.seconds = 4;
  expect(after.say(3, { angry: 1 }).say(1, { angry: 1 }).story).toEqual(['anger 1 opened 8']);
});

test('a damaged snapshot is refused', () => {
  const snapshot = call(anger).say(5, { angry: 1 }).monitor.snapshot();
  for (let i = 0; i < snapshot.length; i++) {
    const damaged = snapshot.slice();
    damaged[i]! ^= 1;
    const monitor = new AlertMonitor(parseAlertRules({ rules: [anger] }), ['customer']);
    expect(() => monitor.restore(damaged)).toThrowError(expect.objectContaining({ code: 'bad_checkpoint' }));
  }
});
