import { describe, expect, test } from 'vitest';
import { newSpanId, newTraceId, parseTraceparent } from './trace-context.ts';

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

  test('ids of its own are valid', () => {
    expect(parseTraceparent(`00-${newTraceId()}-${newSpanId()}-01`)).toBeDefined();
  });
});
