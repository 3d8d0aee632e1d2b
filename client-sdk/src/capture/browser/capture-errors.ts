/** From what browsers throw to codes, with what to do about it. */
import { type ErrorCode, UndertoneError } from '@undertone/core';

const causes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  NotAllowedError: [
    'microphone_denied',
    'Ask the user to allow it for this site in the browser and the system settings; a page in a frame needs allow="microphone"',
  ],
  SecurityError: [
    'microphone_denied',
    "The page's policy forbids it: allow microphone in Permissions-Policy",
  ],
  NotFoundError: ['microphone_not_found', 'Ask the user to connect one, or choose another of audioInputs()'],
  OverconstrainedError: [
    'microphone_not_found',
    'No device has that deviceId: choose one of audioInputs(), or leave deviceId out',
  ],
  NotReadableError: [
    'microphone_in_use',
    'Another program holds it, or the system does: close that and try again',
  ],
  AbortError: ['microphone_in_use', 'The system could not start it: try again'],
};

/** @param error what `getUserMedia` rejected with */
export function microphoneError(error: unknown): UndertoneError {
  if (error instanceof UndertoneError) return error;
  const { name = '', message = String(error) } = (error ?? {}) as Partial<Error>;
  const [code, advice] = causes[name] ?? [
    'microphone_unavailable',
    'Try again, or choose another microphone',
  ];
  const got = message ? `${name}: ${message}` : name;
  return new UndertoneError(code, `Expected to open a microphone; got ${trimmed(got)}. ${advice}.`, {
    cause: error,
  });
}

/** `cause` is what kept another one from being opened, if that was tried. */
export function lostError(cause?: UndertoneError): UndertoneError {
  if (cause?.code === 'microphone_denied') return cause;
  const then = cause ? `; no other could be opened: ${trimmed(cause.message)}` : '';
  const message = `Expected the microphone to stay; it was unplugged or taken away${then}. Connect one and start again.`;
  return new UndertoneError('microphone_lost', message, cause ? { cause } : {});
}

export function blockedError(state: string): UndertoneError {
  const expected = `Expected the browser to let audio run; its AudioContext is ${state}`;
  const advice = 'Browsers want a gesture first: call this from a click or key press';
  return new UndertoneError('audio_context_blocked', `${expected}. ${advice}.`);
}

export function insecureError(): UndertoneError {
  const expected =
    'Expected a page from https: or localhost, where browsers give microphones and audio worklets';
  const got = globalThis.location?.origin ?? 'no page';
  return new UndertoneError('unsupported_platform', `${expected}; got ${got}.`);
}

export function abortedError(signal: AbortSignal): UndertoneError {
  return new UndertoneError('aborted', 'The caller aborted the capture.', { cause: signal.reason });
}

function trimmed(text: string): string {
  return text.replace(/\.\s*$/, '').slice(0, 300);
}
