/**
 * Text that does nothing but be seen: what would steer a terminal, break a line or turn the direction of what follows is
 * replaced.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');
}
