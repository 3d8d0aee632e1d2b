import { expect, test } from 'vitest';
import { defaultAlertRules } from './default-alert-rules.ts';
import { parseAlertRules } from './parse-alert-rules.ts';

const anger = { name: 'anger', kind: 'sustained', labels: ['angry'], on: 0.6, off: 0.4 };
const parse = (...rules: unknown[]) => parseAlertRules({ rules });

test('a rule is completed with what it leaves out', () => {
  expect(parse(anger)).toEqual([
    {
      ...anger,
      level: 'warn',
      dimension: 'valence',
      direction: 'above',
      arousalOn: 0,
      arousalOff: -1,
      after: '',
      durationMs: 6000,
      windowMs: 30_000,
      coolDownMs: 30_000,
      baselineMs: 0,
      weightBy: 'speech',
      minConfidence: 0,
      roles: ['customer', 'unknown'],
      channels: [],
    },
  ]);
});

test('the rules that ship are the four that are documented', () => {
  const names = defaultAlertRules.map(({ name }) => name);
  expect(names).toEqual(['sustained_anger', 'rapid_drop', 'distress', 'recovered']);
});

test('with a baseline, levels are differences, and a drop needs no second half of its window', () => {
  const calm = { name: 'calm', kind: 'sustained', labels: ['angry'], on: -0.2, off: -0.4, baselineMs: 5000 };
  expect(parse(calm)).toMatchObject([{ on: -0.2, baselineMs: 5000 }]);
  const drop = { name: 'd', kind: 'drop', on: 0.5, off: 0.2, windowMs: 10_000, baselineMs: 5000 };
  expect(parse(drop)).toMatchObject([{ windowMs: 10_000 }]);
});

test.each([
  [
    'Expected anger \\(sustained\\) to have fields out of .*; got cooldownMs; did you mean coolDownMs\\?',
    { ...anger, cooldownMs: 1 },
  ],
  ['anger.kind .*; got sustaned; did you mean sustained\\?', { ...anger, kind: 'sustaned' }],
  [
    'anger.level to be one of info, warn, critical; got wran; did you mean warn\\?',
    { ...anger, level: 'wran' },
  ],
  ['anger.on to be given; got nothing', { ...anger, on: undefined }],
  ['anger.on to be a number from 0 to 1; got 1.5', { ...anger, on: 1.5 }],
  ['anger.off to be at most on \\(0.6\\); got 0.7', { ...anger, off: 0.7 }],
  ['anger.durationMs to be an integer from 1000 to 60000; got 1000.5', { ...anger, durationMs: 1000.5 }],
  ['anger.windowMs to be at least durationMs \\(6000\\); got 5000', { ...anger, windowMs: 5000 }],
  ['anger.roles to be a list out of customer, unknown; got \\["agent"\\]', { ...anger, roles: ['agent'] }],
  ['anger.channels to be a list out of 0, 1; got \\[2\\]', { ...anger, channels: [2] }],
  ['anger to have either labels or dimension; got both', { ...anger, dimension: 'arousal' }],
  ['anger to have either labels or dimension; got neither', { ...anger, labels: undefined }],
  ['anger.direction only beside dimension', { ...anger, direction: 'below' }],
  ['rules\\[0\\].name to be', { ...anger, name: 'Anger!' }],
  ['rules\\[0\\] to be an object; got \\[\\]', []],
  [
    'low.off to be at least on \\(-0.5\\); got -0.6',
    { name: 'low', kind: 'sustained', dimension: 'valence', direction: 'below', on: -0.5, off: -0.6 },
  ],
  [
    'd.windowMs to be at least twice durationMs',
    { name: 'd', kind: 'drop', on: 0.5, off: 0.2, windowMs: 10_000 },
  ],
  ['anger.on to be a number from -1 to 1; got -1.5', { ...anger, baselineMs: 9000, on: -1.5, off: -2 }],
  ['anger.weightBy to be one of speech, confidence; got loudness', { ...anger, weightBy: 'loudness' }],
  ['anger.baselineMs to be an integer from 0 to 60000; got -1', { ...anger, baselineMs: -1 }],
  ['r.after to be given', { name: 'r', kind: 'recovered', on: 0, off: 0 }],
  ['r.after to name another rule \\(\\)', { name: 'r', kind: 'recovered', after: 'r', on: 0, off: 0 }],
  ['s.labels to be given', { name: 's', kind: 'distress', on: 0.5, off: 0.5 }],
  [
    's.arousalOff to be at most arousalOn',
    { name: 's', kind: 'distress', labels: ['sad'], on: 0.5, off: 0.5, arousalOff: 0.5 },
  ],
])('a rule that is none is refused: %s', (message, rule) => {
  expect(() => parse(rule)).toThrowError(new RegExp(message));
  expect(() => parse(rule)).toThrowError(expect.objectContaining({ code: 'bad_config' }));
});

test.each([
  ['an object with the list', null],
  ['an object with the list', []],
  ['"rules" to be a list of 1 to 16', { rules: [] }],
  [
    '"rules" to be a list of 1 to 16',
    { rules: Array.from({ length: 17 }, (_, i) => ({ ...anger, name: `a${i}` })) },
  ],
  ['nothing but "rules"; got rulez; did you mean rules\\?', { rules: [anger], rulez: [] }],
  ['a name of its own; got anger', { rules: [anger, anger] }],
])('a file that is none is refused: expected %s', (message, value) => {
  expect(() => parseAlertRules(value)).toThrowError(new RegExp(message));
});

test('whatever comes is refused in words and never breaks the parser', () => {
  const values = [null, undefined, 0, -1, 1e300, Number.NaN, '', 'x', [], [0], {}, { rules: 1 }, true];
  for (const field of Object.keys(parse(anger)[0]!)) {
    for (const value of values) {
      try {
        parse({ ...anger, [field]: value });
      } catch (error) {
        expect(error).toMatchObject({
          code: 'bad_config',
          message: expect.stringMatching(/^Expected .+; got .+/),
        });
      }
    }
  }
});
