/** Base64 in the bytes of a message, decoded without a string between: it takes half the time, and leaves no garbage. */
const invalid = 64;
const padding = 0x3d;

const values: Uint8Array = new Uint8Array(256).fill(invalid);
for (const [value, letter] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries())
  values[letter.charCodeAt(0)] = value;

/**
 * Takes what `Buffer.from(text, 'base64')` makes something of that is whole: letters of the alphabet, and up to two `=` at the end.
 * @returns null for anything else
 */
export function decodeBase64(bytes: Uint8Array, from: number, to: number): Buffer | null {
  let end = to;
  for (let i = 0; i < 2 && end > from && bytes[end - 1] === padding; i++) end--;
  const letters = end - from;
  const rest = letters & 3;
  if (rest === 1) return null;
  const audio = Buffer.allocUnsafe((letters >> 2) * 3 + (rest === 0 ? 0 : rest - 1));
  // All bits that were ever set: one look at the end tells whether a letter was none.
  let seen = 0;
  let [at, out] = [from, 0];
  for (const whole = end - rest; at < whole; at += 4) {
    const [a, b] = [values[bytes[at]!]!, values[bytes[at + 1]!]!];
    const [c, d] = [values[bytes[at + 2]!]!, values[bytes[at + 3]!]!];
    seen |= a | b | c | d;
    audio[out++] = (a << 2) | (b >> 4);
    audio[out++] = (b << 4) | (c >> 2);
    audio[out++] = (c << 6) | d;
  }
  if (rest > 0) {
    const [a, b] = [values[bytes[at]!]!, values[bytes[at + 1]!]!];
    const c = rest === 3 ? values[bytes[at + 2]!]! : 0;
    seen |= a | b | c;
    audio[out++] = (a << 2) | (b >> 4);
    if (rest === 3) audio[out] = (b << 4) | (c >> 2);
  }
  return (seen & invalid) === 0 ? audio : null;
}
