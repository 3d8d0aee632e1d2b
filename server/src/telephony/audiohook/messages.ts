/**
 * The messages of AudioHook v2, as Genesys' reference implementation has them
 * (https://github.com/purecloudlabs/audiohook-reference-implementation). Nothing of a message is trusted.
 */
import { UndertoneError } from '@undertone/core';
import { parseDuration } from './duration.ts';

export type Channel = 'external' | 'internal';

export interface Media {
  readonly type: 'audio';
  readonly format: 'PCMU' | 'L16';
  readonly channels: readonly Channel[];
  readonly rate: 8000;
}

/** What every message of the client has. */
export interface ClientEnvelope {
  readonly type: string;
  readonly id: string;
  readonly seq: number;
  readonly serverseq: number;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface OpenParameters {
  readonly organizationId: string;
  readonly conversationId: string;
  readonly media: readonly Media[];
  /** The client wants to know which languages there are. */
  readonly supportedLanguages: boolean;
  readonly customConfig: Readonly<Record<string, unknown>>;
  /** Nobody speaks: Genesys tries out the connection. */
  readonly isProbe: boolean;
}

const uuid = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const nullUuid = '00000000-0000-0000-0000-000000000000';
const maxCharacters = 65_535;
const maxDiscardedSeconds = 86_400;

export const isUuid = (value: unknown): value is string => typeof value === 'string' && uuid.test(value);

/** @throws UndertoneError `bad_message`, `message_too_large` */
export function parseEnvelope(text: string): ClientEnvelope {
  if (text.length > maxCharacters)
    throw new UndertoneError(
      'message_too_large',
      `Expected a message of at most ${maxCharacters} characters; got ${text.length}.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UndertoneError('bad_message', 'Expected a JSON object; got text that is not JSON.');
  }
  const message = object(value, 'the message');
  const { version, type, id, seq, serverseq, position } = message;
  if (version !== '2') throw unexpected('version', '"2"', version);
  if (typeof type !== 'string') throw unexpected('type', 'text', type);
  if (!isUuid(id)) throw unexpected('id', 'a UUID', id);
  if (!isCount(seq)) throw unexpected('seq', 'an integer from 0', seq);
  if (!isCount(serverseq)) throw unexpected('serverseq', 'an integer from 0', serverseq);
  if (parseDuration(position) === null) throw unexpected('position', 'a duration such as PT1.5S', position);
  return { type, id, seq, serverseq, parameters: object(message.parameters, 'parameters') };
}

/** @throws UndertoneError `bad_message` */
export function readOpen(parameters: ClientEnvelope['parameters']): OpenParameters {
  const { organizationId, conversationId, participant, media, supportedLanguages, customConfig } = parameters;
  if (!isUuid(organizationId)) throw unexpected('organizationId', 'a UUID', organizationId);
  if (!isUuid(conversationId)) throw unexpected('conversationId', 'a UUID', conversationId);
  const { id: participantId } = object(participant, 'participant');
  if (!isUuid(participantId)) throw unexpected('participant.id', 'a UUID', participantId);
  if (!Array.isArray(media)) throw unexpected('media', 'a list', media);
  return {
    organizationId,
    conversationId,
    media: media.filter(isMedia),
    supportedLanguages: supportedLanguages === true,
    customConfig: customConfig === undefined ? {} : object(customConfig, 'customConfig'),
    isProbe: conversationId === nullUuid && participantId === nullUuid,
  };
}

/** Seconds of `resumed` and `discarded`. @throws UndertoneError `bad_message` */
export function readDiscarded({ start, discarded }: ClientEnvelope['parameters']): number {
  if (parseDuration(start) === null) throw unexpected('start', 'a duration such as PT1.5S', start);
  const seconds = parseDuration(discarded);
  if (seconds === null || seconds > maxDiscardedSeconds)
    throw unexpected(
      'discarded',
      `a duration of at most ${maxDiscardedSeconds} s, such as PT1.5S`,
      discarded,
    );
  return seconds;
}

/** What is offered and cannot be read is as if it were not offered. */
function isMedia(value: unknown): value is Media {
  if (typeof value !== 'object' || value === null) return false;
  const { type, format, channels, rate } = value as Record<string, unknown>;
  const isFormat = type === 'audio' && (format === 'PCMU' || format === 'L16') && rate === 8000;
  if (!isFormat || !Array.isArray(channels) || channels.length < 1 || channels.length > 2) return false;
  const isKnown = channels.every((channel) => channel === 'external' || channel === 'internal');
  return isKnown && new Set(channels).size === channels.length;
}

function object(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw unexpected(name, 'an object', value);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function unexpected(name: string, expected: string, found: unknown): UndertoneError {
  const shown =
    typeof found === 'object' ? (found === null ? 'null' : 'an object') : String(found).slice(0, 80);
  return new UndertoneError('bad_message', `Expected ${name} to be ${expected}; got ${shown}.`);
}
