/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/): the header `traceparent` of whoever calls, so that a stream
 * can be found in the caller's traces. The server records no spans of its own; it has one id for each stream.
 */
import { randomBytes } from 'node:crypto';

export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** Of the caller's span: 16 lower-case hexadecimal digits, not all zero. */
  readonly parentId: string;
  /** Whether the caller keeps this trace. */
  readonly isSampled: boolean;
}

const version0 =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<parentId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<rest>-.*)?$/;

/**
 * @param header as it came; of a header that came twice nothing is taken
 * @returns undefined when there is none or it is not valid, as the standard has it: the stream then starts a trace
 */
export function parseTraceparent(header: string | readonly string[] | undefined): TraceContext | undefined {
  // Later versions may be longer, within reason.
  if (typeof header !== 'string' || header.length > 256) return undefined;
  const { version, traceId, parentId, flags, rest } = version0.exec(header.trim())?.groups ?? {};
  if (!version || !traceId || !parentId || !flags) return undefined;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Where a stream stands in a trace: what its log lines, its results' exemplars and its client are told. */
export interface StreamTrace {
  /** The caller's, or one of its own. */
  readonly traceId: string;
  /** Of the stream itself: 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** Of the caller, when there is one. */
  readonly parentId?: string;
}

/** @param header `traceparent` as it came; of a caller without a valid one the stream starts a trace of its own */
export function streamTrace(header: string | readonly string[] | undefined): StreamTrace {
  const caller = parseTraceparent(header);
  // Ids of zero bytes alone, which would not be valid, do not happen.
  const spanId = randomBytes(8).toString('hex');
  if (!caller) return { traceId: randomBytes(16).toString('hex'), spanId };
  return { traceId: caller.traceId, spanId, parentId: caller.parentId };
}
