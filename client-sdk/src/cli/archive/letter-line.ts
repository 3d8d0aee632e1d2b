/** A dead letter as a line of text. Job and reason are what whoever enqueued it wrote: none of it steers the terminal. */
import type { ArchiveDeadLetter } from '@undertone/proto';
import { printable } from '../../calls/printable.ts';

export function letterLine({ id, code, reason, deliveries, job }: ArchiveDeadLetter): string {
  const tries = `${deliveries} ${deliveries === 1 ? 'try' : 'tries'}`;
  return printable(`${id}  ${code}  ${reason}  (${tries})  ${sourceOf(job)}`);
}

function sourceOf(job: string): string {
  try {
    // A query may hold a signature.
    return String((JSON.parse(job) as { source?: unknown }).source ?? '').split('?')[0]!;
  } catch {
    return '';
  }
}
