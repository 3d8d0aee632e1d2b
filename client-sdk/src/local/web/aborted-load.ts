/** Loading a model that nobody waits for any more. */
import { UndertoneError } from '@undertone/core';

export function abortedError(signal: AbortSignal | undefined): UndertoneError {
  return new UndertoneError('aborted', 'Loading the model was aborted.', { cause: signal?.reason });
}

/** @throws UndertoneError `aborted` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}
