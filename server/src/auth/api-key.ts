/**
 * API keys: `utk_` and 32 random bytes in base64url. Since a key is as random as a hash is long, one SHA-256 keeps it as
 * safe in a file as a slow hash would, and checking one costs a microsecond: nobody can exhaust the server by guessing.
 */
import { createHash, randomBytes } from 'node:crypto';

const prefix = 'utk_';
const form = /^utk_[\w-]{43}$/;

export function newApiKey(): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/** Whether a text has the form of a key. */
export function isApiKey(text: string): boolean {
  return form.test(text);
}

/** Whether a text was meant as a key, perhaps cut or with something behind it; others are taken for tokens. */
export function resemblesApiKey(text: string): boolean {
  return text.startsWith(prefix);
}

/** @returns 64 hexadecimal digits */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
