/** Why a caller was not let in. */
import { type ErrorCode, UndertoneError } from '@undertone/core';

/** Values of the label `reason` of `undertone_auth_failures_total`. */
export type RefusalReason =
  | 'missing'
  | 'malformed'
  | 'in_address'
  | 'origin'
  | 'unknown_key'
  | 'bad_token'
  | 'expired'
  | 'too_many_attempts'
  | 'key_set_unavailable';

/** An error for the caller, with the reason that is counted. Its message holds nothing of what was shown. */
export class AuthRefusal extends UndertoneError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, code: ErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.reason = reason;
  }
}
