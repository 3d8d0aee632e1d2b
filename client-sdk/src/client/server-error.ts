/** Errors that a server sent, as the errors of this package. */
import { type ErrorCode, errorSpecs, UndertoneError } from '@undertone/core';
import type { ErrorMessage } from '@undertone/proto';

/** A code of a newer server that this version does not know becomes `internal`, and is named in the message. */
export function toUndertoneError(message: Pick<ErrorMessage, 'code' | 'message'>): UndertoneError {
  if (Object.hasOwn(errorSpecs, message.code)) {
    return new UndertoneError(message.code as ErrorCode, message.message);
  }
  return new UndertoneError('internal', `The server reported ${message.code}: ${message.message}`);
}

/** @returns null when the text is not an `Error` message */
export function parseErrorMessage(text: string): Pick<ErrorMessage, 'code' | 'message'> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { code, message } = value as Record<string, unknown>;
    return typeof code === 'string' && typeof message === 'string' ? { code, message } : null;
  } catch {
    return null;
  }
}
