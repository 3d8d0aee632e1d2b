/** Text messages from server to client. */
import type { ServerMessage } from '@undertone/proto';

/**
 * Checks the envelope only: fields and types that a newer server adds must not break an older client.
 * @returns null for what is no message of the protocol
 */
export function parseServerMessage(text: string): ServerMessage | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { type, seq, session_id } = value as Record<string, unknown>;
    const isMessage = typeof type === 'string' && typeof seq === 'number' && typeof session_id === 'string';
    return isMessage ? (value as ServerMessage) : null;
  } catch {
    return null;
  }
}
