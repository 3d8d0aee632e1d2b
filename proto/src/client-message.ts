/** Messages from client to server. Unknown fields are ignored, unknown types are not. */
import type {
  ClientMessage,
  ConfigureMessage,
  Consent,
  GapNotice,
  RestoreMessage,
  Role,
} from './messages.ts';
import { ProtocolError } from './protocol-error.ts';
import {
  consents,
  type IntegerRange,
  isTrendInterval,
  roles,
  streamRanges,
  trendRangeText,
} from './stream-query.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Limits of fields, so that nothing of a client is kept without bound. */
const maxIdCharacters = 128;
const maxCheckpointCharacters = 4_194_304;
const maxGapSeconds = 86_400;
const maxChannels = 2;

const readers: { readonly [T in ClientMessage['type']]: (fields: Fields) => ClientMessage } = {
  KeepAlive: () => ({ type: 'KeepAlive' }),
  Finalize: () => ({ type: 'Finalize' }),
  CloseStream: () => ({ type: 'CloseStream' }),
  Configure: readConfigure,
  Pause: () => ({ type: 'Pause' }),
  Resume: () => ({ type: 'Resume' }),
  Gap: readGap,
  Ack: (fields) => ({ type: 'Ack', id: text(fields, 'id', maxIdCharacters) }),
  Restore: readRestore,
};

/** @throws ProtocolError `bad_message` when the text is not JSON, has no known type, or a field is out of range */
export function parseClientMessage(message: string): ClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    throw new ProtocolError('bad_message', `Expected a JSON object with a type; got text that is not JSON.`);
  }
  return checkClientMessage(value);
}

/** The same for a value that is parsed already. @throws ProtocolError `bad_message` */
export function checkClientMessage(value: unknown): ClientMessage {
  if (typeof value !== 'object' || value === null || !('type' in value)) {
    const found =
      typeof value === 'object' && !Array.isArray(value) && value ? 'an object without one' : describe(value);
    throw new ProtocolError('bad_message', `Expected a JSON object with a type; got ${found}.`);
  }
  const { type } = value;
  if (typeof type === 'string' && Object.hasOwn(readers, type)) {
    return readers[type as ClientMessage['type']](value as unknown as Fields);
  }
  throw unexpected('type', `one of ${Object.keys(readers).join(', ')}`, type);
}

function readConfigure(fields: Fields): ConfigureMessage {
  const message: ConfigureMessage = { type: 'Configure' };
  for (const [name, range] of Object.entries(configurable)) {
    const value = fields[name];
    if (value === undefined) continue;
    if (range === 'boolean') {
      if (typeof value !== 'boolean') throw unexpected(name, 'true or false', value);
    } else if (!isInteger(value, range)) {
      throw unexpected(name, `an integer from ${range.min} to ${range.max}`, value);
    }
    Object.assign(message, { [name]: value });
  }
  const { trend_interval_ms: trend, analyze, consent } = fields;
  if (trend !== undefined) {
    if (typeof trend !== 'number' || !isTrendInterval(trend)) {
      throw unexpected('trend_interval_ms', trendRangeText, trend);
    }
    message.trend_interval_ms = trend;
  }
  if (analyze !== undefined) message.analyze = readRoles(analyze);
  if (consent !== undefined) {
    if (!consents.includes(consent as Consent)) throw unexpected('consent', consents.join(', '), consent);
    message.consent = consent as Consent;
  }
  return message;
}

const configurable: Readonly<Record<string, IntegerRange | 'boolean'>> = {
  interval_ms: streamRanges.intervalMs,
  window_ms: streamRanges.windowMs,
  endpointing_ms: streamRanges.endpointingMs,
  interim_results: 'boolean',
  vad_events: 'boolean',
  labels: 'boolean',
  dimensions: 'boolean',
};

function readRoles(value: unknown): Role[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= roles.length;
  if (isList && value.every((role) => roles.includes(role))) return value as Role[];
  throw unexpected('analyze', `a list of ${roles.join(', ')}`, value);
}

function readGap({ duration, samples }: Fields): GapNotice {
  if (duration !== undefined && samples !== undefined) {
    throw new ProtocolError('bad_message', 'Expected duration or samples; got both.');
  }
  if (samples !== undefined) {
    const range = { min: 1, max: maxGapSeconds * streamRanges.sampleRate.max };
    if (!isInteger(samples, range)) throw unexpected('samples', `an integer from 1 to ${range.max}`, samples);
    return { type: 'Gap', samples: samples as number };
  }
  if (typeof duration === 'number' && duration > 0 && duration <= maxGapSeconds)
    return { type: 'Gap', duration };
  throw unexpected('duration', `more than 0 and at most ${maxGapSeconds} seconds, or samples`, duration);
}

function readRestore(fields: Fields): RestoreMessage {
  const checkpoint = text(fields, 'checkpoint', maxCheckpointCharacters);
  const { ordinals = [] } = fields;
  const range = { min: 0, max: Number.MAX_SAFE_INTEGER };
  const isList = Array.isArray(ordinals) && ordinals.length <= maxChannels;
  if (!isList || !ordinals.every((ordinal) => isInteger(ordinal, range))) {
    throw unexpected('ordinals', `a list of at most ${maxChannels} integers from 0`, ordinals);
  }
  return { type: 'Restore', checkpoint, ordinals: ordinals as number[] };
}

function text(fields: Fields, name: string, maxCharacters: number): string {
  const value = fields[name];
  if (typeof value === 'string' && value.length > 0 && value.length <= maxCharacters) return value;
  throw unexpected(name, `text of 1 to ${maxCharacters} characters`, value);
}

function isInteger(value: unknown, { min, max }: Pick<IntegerRange, 'min' | 'max'>): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

function unexpected(name: string, expected: string, found: unknown): ProtocolError {
  return new ProtocolError('bad_message', `Expected ${name} to be ${expected}; got ${describe(found)}.`);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 80 ? `${value.slice(0, 80)}...` : value}"`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
