/**
 * One event of a call: a CloudEvent as sinks write it, or a message of the protocol as `undertone analyze --json` prints
 * it. Whoever wrote it is not trusted: what is read here has the types and ranges that it says.
 */
import type { CallMessage } from './call-message.ts';
import { readCallMessage } from './read-call-message.ts';

export interface CallEvent {
  /** The same however often the event comes. */
  readonly id: string;
  readonly session: string;
  /** When it was written, milliseconds since 1970; null where that is not said. */
  readonly atMs: number | null;
  /** Null for a type that this version does not know. */
  readonly message: CallMessage | null;
  /** As it came, one line of JSON. */
  readonly text: string;
}

/** Why a text is no event. */
export interface NoEvent {
  readonly problem: string;
}

const maxIdChars = 512;
/** More than any event: a `Summary` has a few kilobytes. */
const maxEventChars = 1_048_576;

export function isCallEvent(read: CallEvent | NoEvent): read is CallEvent {
  return 'id' in read;
}

/** @param text one line of JSON. Never throws. */
export function readCallEvent(text: string): CallEvent | NoEvent {
  if (text.length > maxEventChars) return { problem: `more than ${maxEventChars} characters` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'not JSON' };
  }
  if (!isRecord(value)) return { problem: 'not an object' };
  return 'specversion' in value ? readEnvelope(value, text) : readBare(value, text);
}

function readEnvelope(value: Readonly<Record<string, unknown>>, text: string): CallEvent | NoEvent {
  const { id, subject, time, data, type } = value;
  if (!isName(id)) return { problem: `id is not a text of 1 to ${maxIdChars} characters` };
  if (!isName(subject)) return { problem: `subject is not a text of 1 to ${maxIdChars} characters` };
  if (typeof type !== 'string' || !type.startsWith('undertone.v1.'))
    return { problem: 'type is not one of undertone.v1' };
  if (!isRecord(data)) return { problem: 'data is not an object' };
  const atMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return withMessage(data, {
    id,
    session: subject,
    atMs: Number.isFinite(atMs) ? atMs : null,
    text,
  });
}

function readBare(value: Readonly<Record<string, unknown>>, text: string): CallEvent | NoEvent {
  const { session_id: session, seq, type } = value;
  if (typeof type !== 'string') return { problem: 'neither a CloudEvent nor a message of the protocol' };
  if (!isName(session)) return { problem: 'a message without session_id' };
  if (typeof seq !== 'number') return { problem: 'a message without seq' };
  return withMessage(value, { id: `${session}#${seq}`, session, atMs: null, text });
}

function withMessage(
  data: Readonly<Record<string, unknown>>,
  event: Omit<CallEvent, 'message'>,
): CallEvent | NoEvent {
  const message = readCallMessage(data);
  return typeof message === 'string' ? { problem: message } : { ...event, message };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxIdChars;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
