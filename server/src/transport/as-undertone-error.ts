import { UndertoneError } from '@undertone/core';
import type { Logger } from '../observability/logger.ts';

/** An error of the list, for whoever is outside; any other is a defect, which is logged and named by `what`. */
export function asUndertoneError(cause: unknown, what: string, log: Logger): UndertoneError {
  if (cause instanceof UndertoneError) return cause;
  log.error({ err: cause }, what);
  return new UndertoneError('internal', what, { cause });
}
