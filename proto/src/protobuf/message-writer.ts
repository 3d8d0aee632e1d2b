/** From the JSON form of a message to protobuf bytes, by the table of fields. */
import protobuf, { type Writer } from 'protobufjs/minimal.js';
import { ProtocolError } from '../protocol-error.ts';
import { fromBase64Url } from './base64url.ts';
import type { FieldSpec } from './field-spec.ts';
import { enumNames, messageFields } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Wire types of protobuf. */
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

/** @throws ProtocolError `bad_message` for a value that has no protobuf form */
export function writeMessage(name: string, value: Fields): Uint8Array {
  const writer = protobuf.Writer.create();
  writeFields(writer, name, value);
  return writer.finish();
}

function writeFields(writer: Writer, name: string, value: Fields): void {
  for (const field of messageFields[name]!) {
    const item = value[field.name];
    if (item === undefined || item === null) continue;
    if (field.rule === 'list') writeList(writer, field, item);
    else if (field.rule === 'map') writeMap(writer, field, item);
    else if (field.rule !== 'required' || !isDefault(item)) writeField(writer, field, item);
  }
}

/** What proto3 leaves out where presence does not matter. */
function isDefault(item: unknown): boolean {
  return item === '' || item === false || Object.is(item, 0);
}

function writeField(writer: Writer, field: FieldSpec, item: unknown): void {
  writer.uint32((field.id << 3) | wireTypes[field.kind]);
  writeValue(writer, field, item);
}

function writeList(writer: Writer, field: FieldSpec, items: unknown): void {
  if (!Array.isArray(items)) throw unfit(field, items);
  if (items.length === 0) return;
  if (wireTypes[field.kind] === 2) {
    for (const item of items) writeField(writer, field, item);
    return;
  }
  writer.uint32((field.id << 3) | 2).fork();
  for (const item of items) writeValue(writer, field, item);
  writer.ldelim();
}

function writeMap(writer: Writer, field: FieldSpec, map: unknown): void {
  if (typeof map !== 'object') throw unfit(field, map);
  for (const [key, item] of Object.entries(map as Fields)) {
    writer.uint32((field.id << 3) | 2).fork();
    writer.uint32((1 << 3) | 2).string(key);
    writer.uint32((2 << 3) | wireTypes[field.kind]);
    writeValue(writer, field, item);
    writer.ldelim();
  }
}

function writeValue(writer: Writer, field: FieldSpec, item: unknown): void {
  switch (field.kind) {
    case 'string':
      if (typeof item !== 'string') throw unfit(field, item);
      writer.string(item);
      return;
    case 'bytes':
      if (item instanceof Uint8Array) writer.bytes(item);
      else if (typeof item === 'string') writer.bytes(fromBase64Url(item));
      else throw unfit(field, item);
      return;
    case 'bool':
      if (typeof item !== 'boolean') throw unfit(field, item);
      writer.bool(item);
      return;
    case 'double':
      if (typeof item !== 'number') throw unfit(field, item);
      writer.double(item);
      return;
    case 'uint32':
    case 'uint64': {
      const max = field.kind === 'uint32' ? 0xffffffff : Number.MAX_SAFE_INTEGER;
      if (!Number.isInteger(item) || (item as number) < 0 || (item as number) > max) throw unfit(field, item);
      writer[field.kind](item as number);
      return;
    }
    case 'enum': {
      const number = enumNames[field.of!]!.indexOf(String(item));
      if (number < 1) throw unfit(field, item);
      writer.uint32(number);
      return;
    }
    case 'message':
      if (typeof item !== 'object' || item === null) throw unfit(field, item);
      writer.fork();
      writeFields(writer, field.of!, item as Fields);
      writer.ldelim();
  }
}

function unfit(field: FieldSpec, item: unknown): ProtocolError {
  const found = typeof item === 'string' ? `"${item.slice(0, 80)}"` : String(item);
  const expected = field.of ?? field.kind;
  return new ProtocolError('bad_message', `Expected ${field.name} to be ${expected}; got ${found}.`);
}
