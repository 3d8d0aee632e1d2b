/**
 * Recordings that wait to be analysed: what a job is, and where jobs, those that failed and their results are in NATS
 * JetStream. Whoever can publish can enqueue; this is all there is to it.
 */
import { ProtocolError } from './protocol-error.ts';

export interface ArchiveJob {
  /** 1 to 64 letters, digits, `_` and `-`; the same job has the same id however often it is enqueued. */
  readonly id: string;
  /** `file:PATH`, relative to the folder of the workers and percent-encoded, or an `https://` or `http://` address. */
  readonly source: string;
  /** Parameters of `POST /v1/analyze`. */
  readonly params: Readonly<Record<string, string>>;
}

/** Why a job was given up, as the stream of dead letters has it. */
export interface ArchiveDeadLetter {
  readonly id: string;
  /** A code of the list of errors. */
  readonly code: string;
  readonly reason: string;
  /** How often a worker had it. */
  readonly deliveries: number;
  /** RFC 3339. */
  readonly time: string;
  /** The job as it came, cut off after 16,384 characters. */
  readonly job: string;
}

export interface ArchiveNames {
  /** Work queue of jobs, and the stream of those that were given up. */
  readonly jobStream: string;
  readonly deadStream: string;
  /** The consumer that all workers share. */
  readonly consumer: string;
  readonly jobSubjects: string;
  readonly deadSubjects: string;
  jobSubject(id: string): string;
  deadSubject(id: string): string;
  /** Of the results of a job: the last of them, behind which nothing comes. */
  summarySubject(id: string): string;
}

const idPattern = /^[\w-]{1,64}$/;
const longestSource = 4096;
const mostParams = 32;

/** @param tenant 1 to 64 letters, digits, `_` and `-` */
export function archiveNames(tenant: string): ArchiveNames {
  const prefix = `undertone.archive.${tenant}`;
  return {
    jobStream: `undertone-archive-${tenant}`,
    deadStream: `undertone-archive-dead-${tenant}`,
    consumer: 'workers',
    jobSubjects: `${prefix}.job.*`,
    deadSubjects: `${prefix}.dead.*`,
    jobSubject: (id) => `${prefix}.job.${id}`,
    deadSubject: (id) => `${prefix}.dead.${id}`,
    summarySubject: (id) => `undertone.v1.${tenant}.${archiveSessionId(id)}.summary`,
  };
}

/** The session of a job's results. */
export function archiveSessionId(jobId: string): string {
  return `ut_${jobId}`;
}

/** As JetStream takes them: whoever comes first makes them, worker or command line. */
export interface ArchiveStream {
  readonly name: string;
  readonly subjects: string[];
  readonly storage: 'file';
  readonly retention: 'workqueue' | 'limits';
  readonly discard: 'new' | 'old';
  readonly max_msgs_per_subject?: number;
  /** Nanoseconds. */
  readonly max_age?: number;
  readonly num_replicas: number;
}

const deadLetterNanos = 90 * 86_400 * 1e9;

/** @param replicas copies that a cluster keeps, 1 to 5 */
export function archiveStreams(names: ArchiveNames, replicas = 1): readonly ArchiveStream[] {
  return [
    {
      name: names.jobStream,
      subjects: [names.jobSubjects],
      storage: 'file',
      retention: 'workqueue',
      discard: 'new',
      num_replicas: replicas,
    },
    {
      name: names.deadStream,
      subjects: [names.deadSubjects],
      storage: 'file',
      retention: 'limits',
      discard: 'old',
      // The newest of a job that was given up more than once.
      max_msgs_per_subject: 1,
      max_age: deadLetterNanos,
      num_replicas: replicas,
    },
  ];
}

/** @throws ProtocolError `bad_message` */
export function parseArchiveJob(text: string): ArchiveJob {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('a job in JSON', `${text.slice(0, 100)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad('an object', typeof value);
  const { id, source, params = {} } = value as Record<string, unknown>;
  if (typeof id !== 'string' || !idPattern.test(id))
    throw bad('id to be 1 to 64 letters, digits, _ and -', String(id).slice(0, 100));
  if (typeof source !== 'string' || source === '' || source.length > longestSource)
    throw bad(`source to be text of 1 to ${longestSource} characters`, typeof source);
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    throw bad('params to be an object', String(params).slice(0, 100));
  const entries = Object.entries(params as Record<string, unknown>);
  if (entries.length > mostParams) throw bad(`at most ${mostParams} params`, String(entries.length));
  for (const [name, each] of entries)
    if (typeof each !== 'string' || each.length > longestSource)
      throw bad(`params.${name.slice(0, 100)} to be text`, typeof each);
  return { id, source, params: params as Record<string, string> };
}

function bad(expected: string, found: string): ProtocolError {
  return new ProtocolError('bad_message', `Expected ${expected}; got ${found}.`);
}
