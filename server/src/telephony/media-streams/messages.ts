/** The messages of a media stream, read from what one of the makers sends. Nothing of a message is trusted. */
import { UndertoneError } from '@undertone/core';
import type { Encoding } from '@undertone/proto';
import type { Flavour } from './flavour.ts';
import type { MediaScanner } from './media-scanner.ts';

export interface StartMessage {
  readonly type: 'start';
  readonly stream: string;
  readonly sequence: number | null;
  /** As the maker names them: `inbound`, `outbound`; empty where it does not say. */
  readonly tracks: readonly string[];
  readonly encoding: Encoding;
  readonly sampleRateHz: number;
  /** What the operator gave the stream on its way, as text. */
  readonly parameters: ReadonlyMap<string, string>;
  /** What the maker calls the call. */
  readonly call: string | null;
}

export interface MediaMessage {
  readonly type: 'media';
  readonly stream: string;
  readonly sequence: number | null;
  readonly track: string;
  /** Milliseconds of the stream's clock at which the audio begins; null where it is not told. */
  readonly timestampMs: number | null;
  readonly audio: Buffer;
}

/** `connected`, `dtmf`, `mark`, and what the makers may yet invent. */
export interface OtherMessage {
  readonly type: 'other';
  readonly stream: string | null;
  readonly sequence: number | null;
}

export type MediaStreamMessage =
  | StartMessage
  | MediaMessage
  | OtherMessage
  | { readonly type: 'stop'; readonly stream: string; readonly sequence: number | null };

type Fields = Readonly<Record<string, unknown>>;

/** By the names that the makers give them, in lower case. */
const encodings: Readonly<Record<string, Encoding>> = {
  'audio/x-mulaw': 'mulaw',
  pcmu: 'mulaw',
  ulaw: 'mulaw',
  'audio/x-alaw': 'alaw',
  pcma: 'alaw',
  alaw: 'alaw',
  'audio/x-l16': 'linear16',
  l16: 'linear16',
  pcm16: 'linear16',
};

export const maxNameCharacters = 128;
const maxParameters = 64;
const maxParameterCharacters = 1024;
/** A day: beyond it a time stamp is none. */
export const maxTimestampMs = 86_400_000;
/** Whole groups of four, the last one padded or not. */
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Whether somebody wants this track of this stream; of others the payload is not looked at. */
export type Hears = (stream: string, track: string) => boolean;

const noAudio: Buffer = Buffer.alloc(0);

/** @throws UndertoneError `bad_message`, `bad_audio` for a payload that is no base64 */
export function parseMediaStreamMessage(
  text: string,
  flavour: Flavour,
  hears: Hears = () => true,
): MediaStreamMessage {
  const message = parseObject(text);
  const { fields } = flavour;
  const sequence =
    fields.sequence === null
      ? null
      : optionalInteger(message[fields.sequence], fields.sequence, 0, Number.MAX_SAFE_INTEGER);
  switch (message.event) {
    case 'start':
      return readStart(message, flavour, sequence);
    case 'media':
      return readMedia(message, flavour, sequence, hears);
    case 'stop':
      return { type: 'stop', stream: streamOf(message, flavour, 'stop'), sequence };
    default:
      if (typeof message.event !== 'string') throw unexpected('event', 'text', message.event);
      return { type: 'other', stream: nameOrNull(fields.stream && message[fields.stream]), sequence };
  }
}

function readStart(message: Fields, flavour: Flavour, sequence: number | null): StartMessage {
  const { fields } = flavour;
  const start = object(message.start, 'start');
  const format = object(start[fields.format], `start.${fields.format}`);
  const encoding = typeof format.encoding === 'string' ? encodings[format.encoding.toLowerCase()] : undefined;
  if (!encoding) {
    const expected = `one of ${Object.keys(encodings).join(', ')}`;
    throw unexpected(`start.${fields.format}.encoding`, expected, format.encoding);
  }
  const channels = format.channels ?? 1;
  if (channels !== 1) throw unexpected(`start.${fields.format}.channels`, '1', channels);
  const rate = optionalInteger(format[fields.rate], `start.${fields.format}.${fields.rate}`, 8000, 48_000);
  return {
    type: 'start',
    stream: streamOf(message, flavour, 'start'),
    sequence,
    tracks: Array.isArray(start.tracks)
      ? start.tracks.filter((track) => track === 'inbound' || track === 'outbound')
      : [],
    encoding,
    sampleRateHz: rate ?? 8000,
    parameters: readParameters(start[fields.parameters]),
    call: fields.call === null ? null : nameOrNull(start[fields.call]),
  };
}

function readMedia(message: Fields, flavour: Flavour, sequence: number | null, hears: Hears): MediaMessage {
  const media = object(message.media, 'media');
  const { payload } = media;
  if (typeof payload !== 'string') throw unexpected('media.payload', 'base64', payload);
  const stream = streamOf(message, flavour, 'media');
  const track = typeof media.track === 'string' ? media.track.slice(0, maxNameCharacters) : 'inbound';
  const timestampMs = optionalInteger(media.timestamp, 'media.timestamp', 0, maxTimestampMs);
  const audio = hears(stream, track) ? readPayload(payload) : noAudio;
  return { type: 'media', stream, sequence, track, timestampMs, audio };
}

function readPayload(payload: string): Buffer {
  if (!base64.test(payload) || payload.replace(/=+$/, '').length % 4 === 1)
    throw new UndertoneError('bad_audio', 'Expected media.payload to be base64; got other characters.');
  return Buffer.from(payload, 'base64');
}

/** What a scanner found, as `parseMediaStreamMessage` has it. @returns null for what that has to judge */
export function scannedMedia(scanner: MediaScanner, hears: Hears): MediaMessage | null {
  const { stream, sequence, track, timestampMs } = scanner;
  const audio = hears(stream, track) ? scanner.audio() : noAudio;
  return audio && { type: 'media', stream, sequence, track, timestampMs, audio };
}

function streamOf(message: Fields, { fields }: Flavour, part: 'start' | 'media' | 'stop'): string {
  if (fields.stream === null) {
    const { tag } = object(message[part], part);
    return nameOrNull(tag) ?? 'default';
  }
  const name = nameOrNull(message[fields.stream]);
  if (name === null) throw unexpected(fields.stream, 'a name', message[fields.stream]);
  return name;
}

function readParameters(value: unknown): ReadonlyMap<string, string> {
  if (typeof value !== 'object' || value === null) return new Map();
  const entries = Object.entries(value)
    .filter(([, text]) => typeof text === 'string' && text.length <= maxParameterCharacters)
    .slice(0, maxParameters);
  return new Map(entries as [string, string][]);
}

function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UndertoneError('bad_message', 'Expected a JSON object; got text that is not JSON.');
  }
  return object(value, 'the message');
}

function object(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw unexpected(name, 'an object', value);
}

/** The makers write numbers as text or as numbers. */
function optionalInteger(value: unknown, name: string, min: number, max: number): number | null {
  if (value === undefined || value === null) return null;
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
  throw unexpected(name, `an integer from ${min} to ${max}`, value);
}

function nameOrNull(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= maxNameCharacters ? value : null;
}

function unexpected(name: string, expected: string, found: unknown): UndertoneError {
  const shown =
    typeof found === 'object' ? (found === null ? 'null' : 'an object') : String(found).slice(0, 80);
  return new UndertoneError('bad_message', `Expected ${name} to be ${expected}; got ${shown}.`);
}
