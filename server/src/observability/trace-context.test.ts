import { describe, expect, test } from 'vitest';
import { parseTraceparent, streamTrace } from './trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';

describe('traceparent', () => {
  test('the example of the standard is taken', () => {
    expect(parseTraceparent(`00-${traceId}-${parentId}-01`)).toEqual({ traceId, parentId, isSampled: true });
    expect(parseTraceparent(`00-${traceId}-${parentId}-00`)?.isSampled).toBe(false);
  });

  test('a later version may be longer', () => {
    expect(parseTraceparent(`01-${traceId}-${parentId}-01-more`)?.traceId).toBe(traceId);
  });

  test.each([
    undefined,
    '',
    'x',
    `00-${traceId}-${parentId}`,
    `00-${traceId}-${parentId}-01-more`,
    `ff-${traceId}-${parentId}-01`,
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${parentId}-01\n{"level":50}`,
    `01-${traceId}-${parentId}-01-${'x'.repeat(300)}`,
    [`00-${traceId}-${parentId}-01`, `00-${traceId}-${parentId}-01`],
  ])('%j is not', (header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  test('a stream is a span of its own in the trace of its caller', () => {
    const { spanId, ...trace } = streamTrace(`00-${traceId}-${parentId}-01`);
    expect(trace).toEqual({ traceId, parentId });
    expect(parseTraceparent(`00-${traceId}-${spanId}-01`)).toBeDefined();
    expect(spanId).not.toBe(parentId);
  });

  test('a stream whose caller has no trace starts one', () => {
    const [one, other] = [streamTrace(undefined), streamTrace('nonsense')];
    expect(parseTraceparent(`00-${one.traceId}-${one.spanId}-01`)).toBeDefined();
    expect(one).not.toHaveProperty('parentId');
    expect(one.traceId).not.toBe(other.traceId);
  });
});
