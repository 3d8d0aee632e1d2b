/**
 * Media messages, a hundred of which come every second of a call, read from their bytes: what matters is found, the rest passed
 * over, and no object of JSON is made. Only messages as the makers write them are taken (one level, no blanks, no escapes,
 * nothing but ASCII); whatever is unusual is left to `parseMediaStreamMessage`, which says the same of all that is taken here.
 */
import { decodeBase64 } from './base64.ts';
import type { Flavour } from './flavour.ts';
import { maxNameCharacters, maxTimestampMs } from './messages.ts';

const [quote, colon, comma, open, close, backslash] = [0x22, 0x3a, 0x2c, 0x7b, 0x7d, 0x5c];
const [zero, nine] = [0x30, 0x39];
/** Names of streams and tracks that are remembered. */
const maxKnownNames = 8;
const maxDigits = 15;

/** Bits of `#seen`. */
const fieldBits = {
  event: 1,
  sequence: 2,
  media: 4,
  stream: 8,
  track: 16,
  timestamp: 32,
  payload: 64,
} as const;
const { event, sequence, media, stream, track, timestamp, payload } = fieldBits;
type Field = (typeof fieldBits)[keyof typeof fieldBits];

interface Key {
  readonly field: Field;
  readonly bytes: Uint8Array;
}

export class MediaScanner {
  readonly #outer: readonly Key[];
  readonly #inner: readonly Key[];
  readonly #isStreamRequired: boolean;
  readonly #names: { readonly bytes: Uint8Array; readonly text: string }[] = [];
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The value that was read last. */
  #from = 0;
  #to = 0;
  #isText = false;
  /** Of the fields that were there, the bits of their keys. */
  #seen = 0;
  #payloadFrom = 0;
  #payloadTo = 0;

  stream = '';
  track = '';
  /** As in `MediaMessage`. */
  sequence: number | null = null;
  timestampMs: number | null = null;

  constructor({ fields }: Flavour) {
    const key = (field: Field, name: string | null): Key[] =>
      name === null ? [] : [{ field, bytes: new TextEncoder().encode(name) }];
    this.#isStreamRequired = fields.stream !== null;
    this.#outer = [
      ...key(event, 'event'),
      ...key(sequence, fields.sequence),
      ...key(media, 'media'),
      ...key(stream, fields.stream),
    ];
    this.#inner = [
      ...key(payload, 'payload'),
      ...key(track, 'track'),
      ...key(timestamp, 'timestamp'),
      ...key(stream, fields.stream === null ? 'tag' : null),
    ];
  }

  /** @returns whether it is a media message as usual; then what it says stands in the fields until the next one is scanned */
  scan(bytes: Uint8Array): boolean {
    this.#bytes = bytes;
    this.#at = 0;
    this.#seen = 0;
    this.stream = this.#isStreamRequired ? '' : 'default';
    this.track = 'inbound';
    this.sequence = null;
    this.timestampMs = null;
    if (!this.#members(this.#outer) || this.#at !== bytes.length) return false;
    const needed = event | payload;
    return (this.#seen & needed) === needed && this.stream !== '';
  }

  /** Of the message scanned last. @returns null for what is no base64 */
  audio(): Buffer | null {
    return decodeBase64(this.#bytes, this.#payloadFrom, this.#payloadTo);
  }

  #members(keys: readonly Key[]): boolean {
    if (!this.#take(open)) return false;
    do {
      if (!this.#text()) return false;
      const field = this.#fieldOf(keys);
      if (!this.#take(colon)) return false;
      if (field !== null) {
        // Of two the last one counts, elsewhere.
        if (this.#seen & field) return false;
        this.#seen |= field;
      }
      if (field === media) {
        if (!this.#members(this.#inner)) return false;
      } else if (!this.#value() || (field !== null && !this.#keep(field))) return false;
    } while (this.#take(comma));
    return this.#take(close);
  }

  #keep(field: Field): boolean {
    if (field === sequence || field === timestamp) {
      const number = this.#number();
      if (number === null) return false;
      if (field === sequence) this.sequence = number;
      else if (number > maxTimestampMs) return false;
      else this.timestampMs = number;
      return true;
    }
    if (!this.#isText) return false;
    if (field === event) return this.#is(mediaBytes);
    if (field === payload) {
      this.#payloadFrom = this.#from;
      this.#payloadTo = this.#to;
      return true;
    }
    const length = this.#to - this.#from;
    if (length > maxNameCharacters || (field === stream && length === 0)) return false;
    if (field === stream) this.stream = this.#name();
    else this.track = this.#name();
    return true;
  }

  #take(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  /** Text or a whole number. */
  #value(): boolean {
    if (this.#bytes[this.#at] === quote) return this.#text();
    this.#isText = false;
    this.#from = this.#at;
    while (isDigit(this.#bytes[this.#at])) this.#at++;
    this.#to = this.#at;
    const digits = this.#to - this.#from;
    return digits === 1 || (digits > 1 && digits <= maxDigits && this.#bytes[this.#from] !== zero);
  }

  #text(): boolean {
    if (!this.#take(quote)) return false;
    const bytes = this.#bytes;
    let at = this.#at;
    this.#from = at;
    // Eight at a time: nine bytes in ten of a message are those of its payload.
    while (
      at + 8 <= bytes.length &&
      (kinds[bytes[at]!]! |
        kinds[bytes[at + 1]!]! |
        kinds[bytes[at + 2]!]! |
        kinds[bytes[at + 3]!]! |
        kinds[bytes[at + 4]!]! |
        kinds[bytes[at + 5]!]! |
        kinds[bytes[at + 6]!]! |
        kinds[bytes[at + 7]!]!) ===
        0
    )
      at += 8;
    while (at < bytes.length && kinds[bytes[at]!] === 0) at++;
    if (bytes[at] !== quote) return false;
    this.#to = at;
    this.#at = at + 1;
    this.#isText = true;
    return true;
  }

  /** Whole and not negative, as text or as it is. */
  #number(): number | null {
    const [from, to] = [this.#from, this.#to];
    if (to === from || to - from > maxDigits) return null;
    let number = 0;
    for (let at = from; at < to; at++) {
      const byte = this.#bytes[at]!;
      if (!isDigit(byte)) return null;
      number = number * 10 + byte - zero;
    }
    return number;
  }

  #fieldOf(keys: readonly Key[]): Field | null {
    for (const { field, bytes } of keys) if (this.#is(bytes)) return field;
    return null;
  }

  /** They are few and come again and again. */
  #name(): string {
    for (const { bytes, text } of this.#names) if (this.#is(bytes)) return text;
    const bytes = this.#bytes.slice(this.#from, this.#to);
    const text = String.fromCharCode(...bytes);
    if (this.#names.length < maxKnownNames) this.#names.push({ bytes, text });
    return text;
  }

  #is(expected: Uint8Array): boolean {
    const [bytes, from] = [this.#bytes, this.#from];
    if (this.#to - from !== expected.length) return false;
    for (let i = expected.length - 1; i >= 0; i--) if (bytes[from + i] !== expected[i]) return false;
    return true;
  }
}

/** 0 for bytes that stand in text for themselves: ASCII that is no control character, no quote and no backslash. */
const kinds: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte > 0x7e || byte === quote || byte === backslash ? 1 : 0,
);
const mediaBytes: Uint8Array = new TextEncoder().encode('media');

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}
