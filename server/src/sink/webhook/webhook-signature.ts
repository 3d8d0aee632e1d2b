/** Signatures of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). */
import { createHmac } from 'node:crypto';

const prefix = 'whsec_';
const [minSecretBytes, maxSecretBytes] = [24, 64];

/** @returns the key of a secret `whsec_BASE64`, 24 to 64 bytes; null where it is not one */
export function webhookKey(secret: string): Buffer | null {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  const key = Buffer.from(text, 'base64');
  // What is no base64 is passed over when it is read.
  const isBase64 = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  return isBase64 && key.length >= minSecretBytes && key.length <= maxSecretBytes ? key : null;
}

/**
 * The value of `webhook-signature`: one signature for each key, so that a receiver may know the old or the new one.
 * @param timestamp whole seconds since 1970
 */
export function webhookSignature(
  keys: readonly Buffer[],
  id: string,
  timestamp: number,
  body: string,
): string {
  const content = `${id}.${timestamp}.${body}`;
  return keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`).join(' ');
}
