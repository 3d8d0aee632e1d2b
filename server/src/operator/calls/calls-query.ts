/** What is asked of kept calls: `/v1/operator/calls` and `/v1/operator/calls/SESSION/events`. */
import { UndertoneError } from '@undertone/core';

export const callsPath = '/v1/operator/calls';

export interface Page {
  /** Number in the stream after which it begins; null for the beginning. */
  readonly after: number | null;
  /** Most events that it has. */
  readonly limit: number;
}

export type CallsQuery =
  | { readonly kind: 'calls'; readonly since: Date; readonly page: Page }
  | { readonly kind: 'events'; readonly session: string; readonly page: Page };

const eventsPattern = /^\/v1\/operator\/calls\/([^/]+)\/events$/;
const maxSessionChars = 256;
const usualSeconds = 3600;
const mostSeconds = 31_536_000;
const usualLimit = 100;
const mostLimit = 500;

export function isCallsPath(path: string): boolean {
  return path === callsPath || eventsPattern.test(path);
}

/** @throws UndertoneError `bad_parameter`, `not_found` */
export function parseCallsQuery(path: string, search: string): CallsQuery {
  const parameters = new URLSearchParams(search);
  const page: Page = {
    after: whole(parameters, 'after', null, 0, Number.MAX_SAFE_INTEGER - 1),
    limit: whole(parameters, 'limit', usualLimit, 1, mostLimit) ?? usualLimit,
  };
  if (path === callsPath) {
    const seconds = whole(parameters, 'since_s', usualSeconds, 1, mostSeconds) ?? usualSeconds;
    return { kind: 'calls', since: new Date(Date.now() - seconds * 1000), page };
  }
  return { kind: 'events', session: sessionOf(eventsPattern.exec(path)?.[1] ?? ''), page };
}

function sessionOf(part: string): string {
  try {
    const session = decodeURIComponent(part);
    if (session.length >= 1 && session.length <= maxSessionChars) return session;
  } catch {
    // Said below.
  }
  throw new UndertoneError(
    'bad_parameter',
    `Expected a session of 1 to ${maxSessionChars} characters; got another.`,
  );
}

function whole(
  parameters: URLSearchParams,
  name: string,
  absent: number | null,
  least: number,
  most: number,
): number | null {
  const texts = parameters.getAll(name);
  if (texts.length === 0) return absent;
  const value = texts.length === 1 && /^\d{1,16}$/.test(texts[0]!) ? Number(texts[0]) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UndertoneError(
    'bad_parameter',
    `Expected ${name} once, as an integer from ${least} to ${most}; got "${texts.join(', ').slice(0, 40)}".`,
  );
}
