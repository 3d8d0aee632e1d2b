/** Subjects of events: https://docs.nats.io/nats-concepts/subjects. */
import { eventSubject, eventSubjects } from '@undertone/proto';
import type { SinkEvent } from '../sink.ts';

/**
 * `undertone.v1.TENANT.SESSION.TYPE`, with `.live` behind it for events of the moment: a stream of the first form holds
 * none of them, whatever types there will be.
 */
export function subjectOf(tenant: string, { session, type, isDurable }: SinkEvent): string {
  const subject = eventSubject({ tenant, session, type });
  return isDurable ? subject : `${subject}.live`;
}

/** What a stream of all durable events of a tenant listens to. */
export function durableSubjects(tenant: string): string {
  return eventSubjects(tenant);
}
