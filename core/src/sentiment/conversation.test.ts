import { describe, expect, it } from 'vitest';
import { StateReader } from '../stream/state-reader.ts';
import { StateWriter } from '../stream/state-writer.ts';
import { Conversation, type ConversationSummary } from './conversation.ts';

const rate = 16_000;
type Span = readonly [from: number, to: number];

/** Speech in seconds; both sides report as the time goes on, in order of the ends of their speech. */
function summaryOf(
  first: readonly Span[],
  second: readonly Span[],
  seconds: number,
  moves = false,
): ConversationSummary {
  let conversation = new Conversation();
  const sides = [first, second] as const;
  const spurts = sides
    .flatMap((spans, side) => spans.map((span) => ({ side, span })))
    .sort((a, b) => a.span[1] - b.span[1]);
  for (const { side, span } of spurts) {
    const now = span[1];
    const reached = sides.map((spans) => {
      const open = spans.find(([from, to]) => from < now && to > now);
      return Math.round((open ? open[0] : now) * rate);
    });
    conversation.hear(
      side as 0 | 1,
      { startSample: Math.round(span[0] * rate), endSample: Math.round(span[1] * rate), missingSamples: 0 },
      [reached[0]!, reached[1]!],
    );
    if (!moves) continue;
    const writer = new StateWriter();
    conversation.writeState(writer);
    conversation = new Conversation();
    conversation.readState(new StateReader(writer.finish()));
  }
  return conversation.finish(seconds * rate, 0);
}

const inSeconds = ({
  overlapSamples,
  silenceSamples,
  longestSilenceSamples,
  ...rest
}: ConversationSummary) => ({
  overlap: overlapSamples / rate,
  silence: silenceSamples / rate,
  longest: longestSilenceSamples / rate,
  turns: rest.turns,
  interruptions: rest.interruptions,
});

describe('a conversation', () => {
  it('of people who let one another speak has turns and silence and no overlap', () => {
    const summary = summaryOf(
      [
        [1, 3],
        [6, 8],
      ],
      [[4, 5]],
      10,
    );
    expect(inSeconds(summary)).toEqual({
      overlap: 0,
      silence: 5,
      longest: 2,
      turns: [2, 1],
      interruptions: [0, 0],
    });
  });

  it('in which one takes the floor while the other speaks has an interruption', () => {
    expect(inSeconds(summaryOf([[0, 4]], [[3, 6]], 6))).toMatchObject({
      overlap: 1,
      silence: 0,
      turns: [1, 1],
      interruptions: [0, 1],
    });
    // Less than 0.2 s is how people take turns.
    expect(summaryOf([[0, 4]], [[3.9, 6]], 6).interruptions).toEqual([0, 0]);
  });

  it('counts a word that leaves the floor where it is as overlap alone', () => {
    const { turns, interruptions, overlapSamples } = summaryOf([[0, 9]], [[3, 3.5]], 9);
    expect({ turns, interruptions, overlapSamples }).toEqual({
      turns: [1, 0],
      interruptions: [0, 0],
      overlapSamples: rate / 2,
    });
    // Nor are two who start at once interrupting.
    expect(summaryOf([[0, 1]], [[0, 5]], 5).interruptions).toEqual([0, 0]);
  });

  it('of one who pauses for less than 0.2 s goes on', () => {
    const { turns, interruptions, longestSilenceSamples } = summaryOf(
      [
        [0, 2],
        [2.1, 4],
      ],
      [[1, 1.5]],
      4,
    );
    expect({ turns, interruptions, longestSilenceSamples }).toEqual({
      turns: [1, 0],
      interruptions: [0, 0],
      longestSilenceSamples: 0,
    });
  });

  it('does not take for silence what was not heard', () => {
    let conversation = new Conversation();
    const hear = (from: number, to: number, missing: number): void => {
      const spurt = { startSample: from * rate, endSample: to * rate, missingSamples: missing * rate };
      conversation.hear(0, spurt, [20 * rate, 20 * rate]);
      // The stream moves.
      const writer = new StateWriter();
      conversation.writeState(writer);
      conversation = new Conversation();
      conversation.readState(new StateReader(writer.finish()));
    };
    hear(0, 1, 0);
    hear(9, 10, 6);
    hear(12, 13, 6);
    const summary = conversation.finish(14 * rate, 6 * rate);
    expect(summary).toMatchObject({
      heardSamples: 8 * rate,
      silenceSamples: 5 * rate,
      longestSilenceSamples: 2 * rate,
    });
  });

  it('waits for a side that does not come on with bounded speech of the other, and then takes it for silent', () => {
    const conversation = new Conversation();
    for (let i = 0; i < 3000; i++) {
      const spurt = { startSample: 2 * i * rate, endSample: (2 * i + 1) * rate, missingSamples: 0 };
      conversation.hear(0, spurt, [spurt.endSample, 0]);
    }
    const writer = new StateWriter();
    conversation.writeState(writer);
    expect(writer.finish().length).toBeLessThan(12 * 1024);
    expect(conversation.finish(6000 * rate, 0)).toMatchObject({
      silenceSamples: 3000 * rate,
      overlapSamples: 0,
      turns: [1, 0],
    });
  });

  it('is the same whatever the order and pace in which both sides report, and when the stream moves', () => {
    let state = 5;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const speech = (): Span[] => {
      const spans: Span[] = [];
      for (let at = 0; at < 600; ) {
        const from = at + 0.05 + 2 * next();
        at = from + 0.2 + 4 * next();
        spans.push([from, at]);
      }
      return spans;
    };
    const [first, second] = [speech(), speech()];
    const expected = summaryOf(first, second, 620);
    expect(expected.interruptions[0]).toBeGreaterThan(10);
    expect(expected.overlapSamples).toBeGreaterThan(100 * rate);
    expect(summaryOf(first, second, 620, true)).toEqual(expected);
    // One side first, all at once.
    const conversation = new Conversation();
    for (const [side, spans] of [first, second].entries()) {
      for (const [from, to] of spans) {
        const spurt = {
          startSample: Math.round(from * rate),
          endSample: Math.round(to * rate),
          missingSamples: 0,
        };
        conversation.hear(
          side as 0 | 1,
          spurt,
          side === 0 ? [spurt.endSample, 0] : [700 * rate, spurt.endSample],
        );
      }
    }
    expect(conversation.finish(620 * rate, 0)).toEqual(expected);
    // The other way round is the mirror.
    const mirrored = summaryOf(second, first, 620);
    expect(mirrored.turns).toEqual([...expected.turns].reverse());
    expect(mirrored.interruptions).toEqual([...expected.interruptions].reverse());
    expect(mirrored.overlapSamples).toBe(expected.overlapSamples);
  });
});
