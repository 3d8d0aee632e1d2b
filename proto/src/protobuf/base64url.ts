/** Bytes as text in JSON: base64url (RFC 4648, section 5) without padding. */
import protobuf from 'protobufjs/minimal.js';
import { ProtocolError } from '../protocol-error.ts';

const { base64 } = protobuf.util;

export function toBase64Url(bytes: Uint8Array): string {
  return base64.encode(bytes, 0, bytes.length).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** @throws ProtocolError `bad_message` */
export function fromBase64Url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw new ProtocolError('bad_message', 'Expected base64url without padding; got other text.');
  }
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  base64.decode(
    text
      .replaceAll('-', '+')
      .replaceAll('_', '/')
      .padEnd(Math.ceil(text.length / 4) * 4, '='),
    bytes,
    0,
  );
  return bytes;
}
