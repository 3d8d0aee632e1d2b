/** From protobuf bytes to the JSON form of a message, by the table of fields. Unknown fields are skipped. */
import protobuf, { type Reader } from 'protobufjs/minimal.js';
import { ProtocolError } from '../protocol-error.ts';
import { toBase64Url } from './base64url.ts';
import type { FieldSpec } from './field-spec.ts';
import { enumNames, messageFields } from './schema.ts';

type Fields = Record<string, unknown>;

/** Most items of a list or map: a few bytes must not become many objects. */
const maxItems = 4096;

const wireTypes = {
  string: 2,
  bytes: 2,
  message: 2,
  bool: 0,
  uint32: 0,
  uint64: 0,
  enum: 0,
  double: 1,
} as const;

const fieldsById: Readonly<Record<string, ReadonlyMap<number, FieldSpec>>> = Object.fromEntries(
  Object.entries(messageFields).map(([name, fields]) => [
    name,
    new Map(fields.map((field) => [field.id, field])),
  ]),
);

/** @throws ProtocolError `bad_message` for bytes that are no such message */
export function readMessage(name: string, bytes: Uint8Array): Fields {
  try {
    return readFields(protobuf.Reader.create(bytes), name, bytes.length);
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ProtocolError('bad_message', `Expected a protobuf message ${name}; it cannot be read: ${why}.`);
  }
}

function readFields(reader: Reader, name: string, end: number): Fields {
  const value: Fields = {};
  const known = fieldsById[name]!;
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = known.get(tag >>> 3);
    if (!field) reader.skipType(tag & 7);
    else readField(reader, name, field, tag & 7, value);
    if (reader.pos > end) throw new RangeError('a field is longer than its message');
  }
  complete(value, name);
  return value;
}

function readField(reader: Reader, name: string, field: FieldSpec, wireType: number, value: Fields): void {
  if (field.rule === 'map') {
    expectWireType(name, field, wireType, 2);
    value[field.name] ??= {};
    readEntry(reader, field, value[field.name] as Fields);
  } else if (field.rule === 'list') {
    value[field.name] ??= [];
    readItems(reader, name, field, wireType, value[field.name] as unknown[]);
  } else {
    expectWireType(name, field, wireType, wireTypes[field.kind]);
    // Of a oneof, the last one counts.
    if (field.rule === 'choice')
      for (const { name: other, rule } of messageFields[name]!) if (rule === 'choice') delete value[other];
    const item = readValue(reader, field);
    if (item !== undefined) value[field.name] = item;
  }
}

function readItems(reader: Reader, name: string, field: FieldSpec, wireType: number, items: unknown[]): void {
  const expected = wireTypes[field.kind];
  if (wireType === 2 && expected !== 2) {
    const length = reader.uint32();
    const end = reader.pos + length;
    if (end > reader.len) throw new RangeError('a list is longer than its message');
    while (reader.pos < end) push(field, items, readValue(reader, field));
    return;
  }
  expectWireType(name, field, wireType, expected);
  push(field, items, readValue(reader, field));
}

function push(field: FieldSpec, items: unknown[], item: unknown): void {
  if (items.length >= maxItems) throw tooMany(field);
  if (item === undefined)
    throw new ProtocolError('bad_message', `Expected ${field.name} to name each ${field.of}.`);
  items.push(item);
}

function readEntry(reader: Reader, field: FieldSpec, map: Fields): void {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a map entry is longer than its message');
  let key = '';
  let item: unknown = field.kind === 'string' ? '' : 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === ((1 << 3) | 2)) key = reader.string();
    else if (tag === ((2 << 3) | wireTypes[field.kind])) item = readValue(reader, field);
    else reader.skipType(tag & 7);
  }
  if (key === '__proto__')
    throw new ProtocolError('bad_message', `Expected no "__proto__" in ${field.name}.`);
  if (!Object.hasOwn(map, key) && Object.keys(map).length >= maxItems) throw tooMany(field);
  map[key] = item;
}

/** Undefined for the unspecified value of an enumeration. */
function readValue(reader: Reader, field: FieldSpec): unknown {
  switch (field.kind) {
    case 'string':
      return reader.string();
    case 'bytes':
      return toBase64Url(reader.bytes());
    case 'bool':
      return reader.bool();
    case 'double':
      return reader.double();
    case 'uint32':
      return reader.uint32();
    case 'uint64': {
      // A Long where the library `long` is installed.
      const number = Number(reader.uint64());
      if (Number.isSafeInteger(number)) return number;
      throw new ProtocolError('bad_message', `Expected ${field.name} below 2^53; got ${number}.`);
    }
    case 'enum': {
      const number = reader.uint32();
      if (number === 0) return undefined;
      const found = enumNames[field.of!]![number];
      if (found) return found;
      throw new ProtocolError(
        'bad_message',
        `Expected ${field.name} to be a known ${field.of}; got ${number}.`,
      );
    }
    case 'message': {
      const length = reader.uint32();
      const end = reader.pos + length;
      if (end > reader.len) throw new RangeError('a message is longer than the one around it');
      return readFields(reader, field.of!, end);
    }
  }
}

const defaults = { string: '', bytes: '', bool: false, uint32: 0, uint64: 0, double: 0 } as const;

/** Adds what the JSON form has and protobuf leaves out. */
function complete(value: Fields, name: string): void {
  for (const field of messageFields[name]!) {
    if (value[field.name] !== undefined) continue;
    if (field.rule === 'nullable') value[field.name] = null;
    else if (field.rule === 'list' && !field.absentWhenEmpty) value[field.name] = [];
    else if (field.rule === 'map' && !field.absentWhenEmpty) value[field.name] = {};
    else if (field.rule === 'required') {
      if (field.kind === 'enum' || field.kind === 'message') {
        throw new ProtocolError('bad_message', `Expected ${name} to have ${field.name}; it is missing.`);
      }
      value[field.name] = defaults[field.kind];
    }
  }
}

function expectWireType(name: string, field: FieldSpec, found: number, expected: number): void {
  if (found === expected) return;
  const message = `Expected ${name}.${field.name} with wire type ${expected}; got ${found}.`;
  throw new ProtocolError('bad_message', message);
}

function tooMany(field: FieldSpec): ProtocolError {
  return new ProtocolError('bad_message', `Expected at most ${maxItems} ${field.name}; got more.`);
}
