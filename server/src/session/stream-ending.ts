/** How a stream ends. */
import type { UndertoneError } from '@undertone/core';
import type { SummaryMessage } from '@undertone/proto';

export interface StreamEnding {
  readonly reason: SummaryMessage['reason'];
  /** Absent when the end is no error. */
  readonly error?: UndertoneError;
  readonly closeCode: number;
  readonly closeReason: string;
}

export const clientClose: StreamEnding = { reason: 'client_close', closeCode: 1000, closeReason: 'ok' };
export const goingAway: StreamEnding = { reason: 'going_away', closeCode: 1001, closeReason: 'going_away' };
/** The client goes on at another server, so there is no summary yet. */
export const moving = { closeCode: 1012, closeReason: 'restart' } as const;

/** Results of what came before the error still follow it. */
export function failing(error: UndertoneError): StreamEnding {
  const { code } = error;
  const reason = code === 'idle_timeout' || code === 'session_limit' ? code : 'error';
  return { reason, error, closeCode: error.spec.closeCode, closeReason: code };
}
