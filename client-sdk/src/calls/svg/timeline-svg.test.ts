import { expect, test } from 'vitest';
import type { CallMessage, ResultSaid } from '../call-message.ts';
import { type CallTimeline, CallTimelineBuilder } from '../call-timeline.ts';
import { element } from './svg-text.ts';
import { timelineSvg } from './timeline-svg.ts';

const result = (segment: number, label: string | null, seconds = 5): ResultSaid => ({
  ...{ type: 'Emotion', channel: 0, role: 'customer', segment, revision: 1, isFinal: true, confidence: 0.8 },
  ...{
    start: segment * 10,
    end: segment * 10 + seconds,
    label,
    sentiment: 'negative',
    valence: -0.4,
    arousal: 0.4,
  },
});
const alert = (rule: string): CallMessage => ({
  ...{ type: 'Alert', id: rule, channel: 0, role: 'customer', rule, level: 'critical', isOpened: true },
  ...{ since: 3, time: 6, score: 0.5 },
});

function build(session: string, messages: readonly CallMessage[]): CallTimeline {
  const builder = new CallTimelineBuilder(session);
  for (const message of messages) builder.accept({ session, atMs: 0, message });
  return builder.timeline();
}

const hostile = [
  '</text><script>alert(1)</script>',
  '"/><image href="https://example.com/x"/>',
  "' onload='alert(1)",
  '</style><foreignObject>',
  ']]>&lt;!--',
  'a\u0000b\u0008\uffff\ud800',
  '}*{background:url(https://example.com)}',
];

/** Every `<` begins one of these elements, with these attributes, quoted. */
const elements =
  /^(<\/?(svg|title|desc|style|defs|pattern|path|rect|g|text|line)( (xmlns|viewBox|width|height|role|aria-labelledby|id|class|[xyd]|[xy][12]|rx|fill|opacity|transform|text-anchor|patternUnits)="[^"<]*")*\/?>|[^<])*$/;

test.each(hostile)('%j in an event is text and nothing else', (text) => {
  const svg = timelineSvg(
    build(text, [result(0, text), alert(text), { type: 'Gap', start: 1, duration: 1, reason: text }]),
  );
  expect(svg).toMatch(elements);
  const style = /<style>([^<]*)<\/style>/.exec(svg)![1]!;
  expect(style).not.toContain('url');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\uffff]/);
});

test.each(hostile)('%j in an attribute stays in it', (text) => {
  const written = element('rect', { id: text });
  expect(written).toMatch(/^<rect id="[^"<>]*"\/>$/);
  expect(written).toMatch(elements);
});

test('it names itself and says in words what it shows', () => {
  const svg = timelineSvg(build('ut_1', [result(0, 'angry'), result(1, null), alert('sustained_anger')]));
  expect(svg).toContain('role="img" aria-labelledby="title desc"');
  expect(svg).toContain('<title id="title">Call ut_1</title>');
  expect(svg).toMatch(
    /<desc id="desc">[^<]*angry 50 %, unsure 50 %[^<]*sustained anger \(critical\) from 0:03/,
  );
  // A name or a pattern beside every colour.
  expect(svg).toContain('>angry</text>');
  expect(svg).toMatch(/<pattern id="p0"[^>]*><path/);
  expect(svg).toContain('sustained anger (critical)</text>');
});

test('it follows the reader into the dark, or is what was asked for', () => {
  const call = build('ut_1', [result(0, 'angry')]);
  expect(timelineSvg(call)).toContain('@media (prefers-color-scheme:dark)');
  const [light, dark] = [timelineSvg(call, { theme: 'light' }), timelineSvg(call, { theme: 'dark' })];
  for (const svg of [light, dark]) expect(svg).not.toContain('@media');
  expect(light).not.toEqual(dark);
});

test('nothing lies outside of it, whatever the call', () => {
  const many = Array.from({ length: 300 }, (_, i) =>
    result(i, ['angry', 'sad', null, `odd ${i}`][i % 4]!, 9),
  );
  const alerts = Array.from({ length: 40 }, (_, i) => alert(`rule_${i}`));
  for (const call of [build('s', []), build('s', [result(0, 'happy', 0)]), build('s', [...many, ...alerts])])
    for (const width of [320, 1000]) {
      const svg = timelineSvg(call, { width });
      expect(svg).toMatch(elements);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      const height = Number(/viewBox="0 0 \d+ ([\d.]+)"/.exec(svg)![1]);
      expect(height).toBeLessThan(1000);
      for (const [, x, box] of svg.matchAll(/<rect[^>]* x="([\d.-]+)"[^>]* width="([\d.]+)"/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x) + Number(box)).toBeLessThanOrEqual(width + 4);
      }
    }
});
