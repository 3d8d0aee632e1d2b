/**
 * A model folder as one file, so that one request fetches it and one hash covers it: `UTM1`, the length of the index
 * (32 bits, little-endian), the index as JSON `{ name: [offset, length] }`, and the files; offsets count from the end of
 * the index.
 */
import { UndertoneError } from '@undertone/core';

const magic = [0x55, 0x54, 0x4d, 0x31];
const headerBytes = 8;

/** @throws UndertoneError `model_mismatch` */
export function readModelPack(pack: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (pack.length < headerBytes || magic.some((byte, i) => pack[i] !== byte))
    refuse('it does not begin with UTM1');
  const indexBytes = new DataView(pack.buffer, pack.byteOffset).getUint32(4, true);
  const start = headerBytes + indexBytes;
  if (start > pack.length) refuse('its index is cut');
  const files = new Map<string, Uint8Array>();
  for (const [name, place] of Object.entries(parseIndex(pack.subarray(headerBytes, start)))) {
    const [offset, length] = Array.isArray(place) ? (place as unknown[]) : [];
    if (!isCount(offset) || !isCount(length) || start + offset + length > pack.length) {
      refuse(`${name.slice(0, 80)} lies outside of it`);
    }
    files.set(name, pack.subarray(start + offset, start + offset + length));
  }
  return files;
}

/** What `readModelPack` reads. */
export function writeModelPack(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  let length = 0;
  const places: [string, [number, number]][] = [];
  for (const [name, bytes] of files) {
    places.push([name, [length, bytes.length]]);
    length += bytes.length;
  }
  const index = new TextEncoder().encode(JSON.stringify(Object.fromEntries(places)));
  const pack = new Uint8Array(headerBytes + index.length + length);
  pack.set(magic);
  new DataView(pack.buffer).setUint32(4, index.length, true);
  pack.set(index, headerBytes);
  let at = headerBytes + index.length;
  for (const bytes of files.values()) {
    pack.set(bytes, at);
    at += bytes.length;
  }
  return pack;
}

function parseIndex(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const index: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof index === 'object' && index !== null) return index as Readonly<Record<string, unknown>>;
  } catch {}
  return refuse('its index is no JSON object');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function refuse(found: string): never {
  throw new UndertoneError('model_mismatch', `Expected a model in one file (UTM1); ${found}.`);
}
