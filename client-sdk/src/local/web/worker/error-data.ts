import { asUndertoneError } from '../../../client/as-undertone-error.ts';
import type { ErrorData } from '../worker-messages.ts';

/** What of an error reaches the page. */
export function errorData(error: unknown): ErrorData {
  const { code, message } = asUndertoneError(error);
  return { code, message };
}
