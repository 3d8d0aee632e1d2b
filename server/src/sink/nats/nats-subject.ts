/** Subjects of events: https://docs.nats.io/nats-concepts/subjects. */
import type { SinkEvent } from '../sink.ts';

const prefix = 'undertone.v1';

/**
 * `undertone.v1.TENANT.SESSION.TYPE`, with `.live` behind it for events of the moment: a stream of the first form holds
 * none of them, whatever types there will be.
 */
export function subjectOf(tenant: string, { session, type, isDurable }: SinkEvent): string {
  const subject = `${prefix}.${tenant}.${token(session)}.${token(type)}`;
  return isDurable ? subject : `${subject}.live`;
}

/** What a stream of all durable events of a tenant listens to. */
export function durableSubjects(tenant: string): string {
  return `${prefix}.${tenant}.*.*`;
}

/** Other bytes than letters, digits, `_` and `-` as `=XX`, so that no two texts become one. */
function token(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  const bytes = [...new TextEncoder().encode(text)];
  return bytes.length === 0 ? '=' : bytes.map(byteToken).join('');
}

function byteToken(byte: number): string {
  const letter = String.fromCharCode(byte);
  return /[\w-]/.test(letter) ? letter : `=${byte.toString(16).padStart(2, '0').toUpperCase()}`;
}
