/**
 * The header X-Twilio-Signature: base64 of HMAC-SHA1 over the address that the stream was configured with, keyed with
 * the account's token (https://www.twilio.com/docs/usage/security). Which form of the address was signed differs: with
 * the standard port or without, `wss` or `https`, so all are tried.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const standardPorts: Readonly<Record<string, string>> = {
  'wss:': '443',
  'ws:': '80',
  'https:': '443',
  'http:': '80',
};
const otherScheme: Readonly<Record<string, string>> = { 'wss:': 'https:', 'ws:': 'http:' };

/**
 * @param address the public address of the door, `wss://host/v1/twilio`
 * @param authTokens of the account, any of which may have signed
 */
export function isSignedBy(signature: string, address: string, authTokens: readonly string[]): boolean {
  const given = Buffer.from(signature, 'base64');
  let isSigned = false;
  for (const token of authTokens) {
    for (const form of formsOf(address)) {
      const expected = createHmac('sha1', token).update(form).digest();
      // No short cut: how long it takes says nothing.
      if (given.length === expected.length && timingSafeEqual(given, expected)) isSigned = true;
    }
  }
  return isSigned;
}

function formsOf(address: string): readonly string[] {
  const { protocol, hostname, port, pathname, search } = new URL(address);
  const rest = `${pathname}${search}`;
  const forms: string[] = [];
  for (const scheme of [protocol, otherScheme[protocol] ?? protocol]) {
    const standard = standardPorts[scheme] ?? '443';
    forms.push(`${scheme}//${hostname}${rest}`, `${scheme}//${hostname}:${port || standard}${rest}`);
  }
  return [...new Set(forms)];
}
