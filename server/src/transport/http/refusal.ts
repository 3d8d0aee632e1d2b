/** Answers to requests that never become a stream: the error of the list as JSON, with its HTTP status. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UndertoneError } from '@undertone/core';

const retryAfterMs = 1000;
/** Time for a client to notice, in the middle of its body, that it is refused. */
const lingerMs = 2000;

/** The message of the error, as JSON. */
export function refusalBody(error: UndertoneError): string {
  const retry = error.spec.retryable ? { retry_after_ms: retryAfterMs } : {};
  return `${JSON.stringify({ type: 'Error', code: error.code, message: error.message, fatal: true, ...retry })}\n`;
}

function refusalHeaders(error: UndertoneError, body: string): Record<string, string> {
  return {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    // Which RFC 9110 wants beside 401.
    ...(error.spec.httpStatus === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(error.spec.retryable ? { 'Retry-After': String(retryAfterMs / 1000) } : {}),
  };
}

/** @param status where HTTP has one that says more than that of the error */
export function refuseRequest(
  response: ServerResponse,
  error: UndertoneError,
  status: number = error.spec.httpStatus,
): void {
  const { req, socket } = response;
  const body = refusalBody(error);
  // A connection that is cut while its client sends would lose the answer: what still comes is read and dropped for a while.
  const isSending = !req.complete;
  const headers = { ...refusalHeaders(error, body), ...(isSending ? {} : { Connection: 'close' }) };
  response.writeHead(status, headers).end(body);
  if (!isSending) return;
  req.resume();
  const timer = setTimeout(() => socket?.destroy(), lingerMs);
  req.once('end', () => clearTimeout(timer));
  socket?.once('close', () => clearTimeout(timer));
}

/** Refuses an upgrade: there is no response object, only the socket. */
export function refuseUpgrade(socket: Duplex, error: UndertoneError): void {
  const body = refusalBody(error);
  const status = error.spec.httpStatus;
  const headers = { ...refusalHeaders(error, body), Connection: 'close' };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...head, '', body].join('\r\n'));
}
