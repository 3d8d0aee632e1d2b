/** Errors that a server sent, as the errors of this package. */
import { type ErrorCode, errorSpecs, UndertoneError } from '@undertone/core';
import type { ErrorMessage } from '@undertone/proto';

type Reported = Pick<ErrorMessage, 'code' | 'message' | 'retry_after_ms'>;

/** A code of a newer server that this version does not know becomes `internal`, and is named in the message. */
export function toUndertoneError({ code, message, retry_after_ms: retryAfterMs }: Reported): UndertoneError {
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (Object.hasOwn(errorSpecs, code)) return new UndertoneError(code as ErrorCode, message, options);
  return new UndertoneError('internal', `The server reported ${code}: ${message}`, options);
}

/** @returns null when the text is not an `Error` message */
export function parseErrorMessage(text: string): Reported | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { code, message, retry_after_ms } = value as Record<string, unknown>;
    if (typeof code !== 'string' || typeof message !== 'string') return null;
    const hasRetry = typeof retry_after_ms === 'number' && retry_after_ms >= 0;
    return hasRetry ? { code, message, retry_after_ms } : { code, message };
  } catch {
    return null;
  }
}
