/** Answers to requests that never become a stream: the error of the list as JSON, with its HTTP status. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UndertoneError } from '@undertone/core';

const retryAfterMs = 1000;

function refusalBody(error: UndertoneError): string {
  const retry = error.spec.retryable ? { retry_after_ms: retryAfterMs } : {};
  return `${JSON.stringify({ type: 'Error', code: error.code, message: error.message, fatal: true, ...retry })}\n`;
}

function refusalHeaders(error: UndertoneError, body: string): Record<string, string> {
  return {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    // Which RFC 9110 wants beside 401.
    ...(error.spec.httpStatus === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(error.spec.retryable ? { 'Retry-After': String(retryAfterMs / 1000) } : {}),
  };
}

export function refuseRequest(response: ServerResponse, error: UndertoneError): void {
  const body = refusalBody(error);
  response.writeHead(error.spec.httpStatus, refusalHeaders(error, body)).end(body);
}

/** Refuses an upgrade: there is no response object, only the socket. */
export function refuseUpgrade(socket: Duplex, error: UndertoneError): void {
  const body = refusalBody(error);
  const status = error.spec.httpStatus;
  const head = Object.entries(refusalHeaders(error, body)).map(([name, value]) => `${name}: ${value}`);
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...head, '', body].join('\r\n'));
}
