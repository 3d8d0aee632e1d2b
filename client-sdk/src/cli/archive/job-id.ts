/** Which recording a job is: the same for the same recording, however often and by whomever it is enqueued. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ArchiveJob } from '@undertone/proto';

/** Crockford's, as in session ids. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const idBytes = 16;

/** @param content SHA-256 of the file, hexadecimal; empty of what is not read here */
export function jobId(tenant: string, { source, params }: Omit<ArchiveJob, 'id'>, content: string): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256')
    .update(JSON.stringify([tenant, source, sorted, content]))
    .digest();
  let value = 0n;
  for (const byte of hash.subarray(0, idBytes)) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = alphabet[Number(value & 31n)]! + text;
    value >>= 5n;
  }
  return text;
}

/** SHA-256 in hexadecimal. */
export async function contentHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
