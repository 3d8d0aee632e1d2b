/**
 * Session ids: `ut_` and a ULID (https://github.com/ulid/spec): 48 bits of milliseconds, 80 random bits, in Crockford's
 * base 32. They sort by time and say nothing about whose session it is.
 */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

interface RandomSource {
  getRandomValues(bytes: Uint8Array): unknown;
}

export function newSessionId(nowMs: number = Date.now(), random: Uint8Array = randomBytes()): string {
  let value = BigInt(Math.trunc(nowMs));
  for (let i = 0; i < 10; i++) value = (value << 8n) | BigInt(random[i]!);
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = alphabet[Number(value & 31n)]! + text;
    value >>= 5n;
  }
  return `ut_${text}`;
}

function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(10);
  // Web Crypto is a global in browsers and in Node, but not in the types of a package without either.
  (globalThis as unknown as { crypto: RandomSource }).crypto.getRandomValues(bytes);
  return bytes;
}
