/** Endings of a stream as gRPC says them: a status, and our own code in the trailer `undertone-code`. */
import { Metadata, type ServerErrorResponse, status } from '@grpc/grpc-js';
import { type ErrorCode, errorSpecs } from '@undertone/core';

const codeTrailer = 'undertone-code';

/** @param reason of the ending: a code of the list, or `restart` where the stream goes on at another server */
export function failedStatus(reason: string, details?: string): ServerErrorResponse {
  const spec = Object.hasOwn(errorSpecs, reason) ? errorSpecs[reason as ErrorCode] : undefined;
  const name = spec?.grpcStatus ?? 'UNAVAILABLE';
  const message = details ?? spec?.meaning ?? 'The stream goes on at another server: connect again.';
  const code = status[name as keyof typeof status] ?? status.UNKNOWN;
  return Object.assign(new Error(message), { code, details: message, metadata: trailersOf(reason) });
}

export function trailersOf(reason: string): Metadata {
  const trailers = new Metadata();
  trailers.set(codeTrailer, reason);
  return trailers;
}
