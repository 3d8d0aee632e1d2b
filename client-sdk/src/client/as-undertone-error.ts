import { UndertoneError } from '@undertone/core';

/** What was thrown, for those who were promised an `UndertoneError`: anything else is a defect. */
export function asUndertoneError(error: unknown): UndertoneError {
  if (error instanceof UndertoneError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new UndertoneError('internal', message, { cause: error });
}
