/**
 * Takes jobs from the queue, some dozen at a time, so that the network runs once for all of them, and acknowledges each
 * when its results are durable. Killed at any moment it leaves a job that another takes up.
 */
import { setMaxListeners } from 'node:events';
import type { Consumer, ConsumerMessages, JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { type ErrorCode, UndertoneError } from '@undertone/core';
import { type ArchiveJob, type ArchiveNames, ProtocolError, parseArchiveJob } from '@undertone/proto';
import type { Logger } from '../observability/logger.ts';
import type { ServerMetrics } from '../observability/metrics.ts';
import type { SessionHost } from '../session/session-host.ts';
import { retryDelayMs } from '../sink/retry-delay.ts';
import { analyseRecording } from './analyse-recording.ts';
import { sendDeadLetter } from './dead-letter.ts';
import type { RecordingStore } from './recording-store.ts';
import type { ResultWriter } from './result-writer.ts';
import { TrialLock } from './trial-lock.ts';

/** NATS as it is there. */
export interface ArchiveQueue {
  readonly jetstream: JetStreamClient;
  readonly consumer: Consumer;
}

export interface ArchiveWorkerOptions {
  readonly names: ArchiveNames;
  readonly host: SessionHost;
  readonly store: RecordingStore;
  readonly writer: ResultWriter;
  /** Resolves when NATS is there and the queue is; rejects after a while. */
  readonly ready: () => Promise<ArchiveQueue>;
  readonly ackWaitMs: () => number;
  readonly metrics: Pick<ServerMetrics, 'archiveRecordings' | 'archiveEvents'>;
  readonly log: Logger;
  /** Names the worker in events. */
  readonly source: string;
  /** At a time. */
  readonly recordings: number;
  readonly maxDeliveries: number;
}

/** A job that so many workers have had is tried alone. */
const aloneFromDelivery = 4;
const fetchMs = 20_000;
const ackDeadlineMs = 5000;
const longestRetryMs = 300_000;
/** Errors after which a client may try again with another stream; the same recording would end in the same way. */
const lastingCodes: readonly ErrorCode[] = [
  'session_limit',
  'rate_limited',
  'slow_client',
  'too_many_sessions',
];

export class ArchiveWorker {
  readonly #options: ArchiveWorkerOptions;
  readonly #lock = new TrialLock();
  readonly #fetching = new Set<ConsumerMessages>();
  /** Aborted when there is no time left for what runs. */
  readonly #givingBack = new AbortController();
  readonly #slots: Promise<void>[];
  #isStopping = false;
  #running = 0;
  #failures = 0;

  constructor(options: ArchiveWorkerOptions) {
    this.#options = options;
    // One for each recording.
    setMaxListeners(0, this.#givingBack.signal);
    this.#slots = Array.from({ length: options.recordings }, () => this.#work());
  }

  /** Recordings that this worker has. */
  get running(): number {
    return this.#running;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** NATS is gone: nothing comes of what was asked of it. */
  disconnected(): void {
    for (const messages of this.#fetching) void messages.close();
  }

  /** Takes no more; what runs may end for `graceMs` and is then given back. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.disconnected();
    const timer = setTimeout(() => this.#givingBack.abort(), graceMs);
    await Promise.all(this.#slots);
    clearTimeout(timer);
  }

  async #work(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#fetch(await this.#options.ready());
        this.#failures = 0;
      } catch (cause) {
        if (this.#isStopping) return;
        if (this.#failures++ === 0)
          this.#options.log.warn({ err: cause }, 'no jobs can be had: trying again');
        await this.#pause(retryDelayMs(Math.min(5, this.#failures)));
      }
    }
  }

  /** One job, unless none comes in time. */
  async #fetch({ jetstream, consumer }: ArchiveQueue): Promise<void> {
    const messages = await consumer.fetch({ max_messages: 1, expires: fetchMs });
    this.#fetching.add(messages);
    try {
      if (this.#isStopping) await messages.close();
      for await (const message of messages) {
        if (this.#isStopping) message.nak();
        else await this.#handle(jetstream, message);
      }
    } finally {
      this.#fetching.delete(messages);
    }
  }

  /** Never rejects: what is not acknowledged comes again. */
  async #handle(jetstream: JetStreamClient, message: JsMsg): Promise<void> {
    const { metrics, log, ackWaitMs, maxDeliveries, writer } = this.#options;
    this.#running++;
    const heldTimer = setInterval(() => quietly(() => message.working()), ackWaitMs() / 3);
    const deliveries = message.info.deliveryCount;
    let leave: (() => void) | null = null;
    let isDone = false;
    try {
      const job = this.#jobOf(message);
      // Its worker may have ended, or not been heard, behind the last result.
      const isKnown = await writer.isComplete(job.id);
      if (!isKnown) {
        if (deliveries > maxDeliveries)
          throw new GivenUp(
            'internal',
            `Expected ${maxDeliveries} deliveries to be enough; the workers ended over it.`,
          );
        leave = await this.#lock.enter(deliveries >= aloneFromDelivery);
        await this.#analyse(job);
      }
      isDone = true;
      await message.ackAck({ timeout: ackDeadlineMs });
      metrics.archiveRecordings.inc({ outcome: isKnown ? 'known' : 'analysed' });
    } catch (cause) {
      const error = asJobError(cause);
      if (this.#givingBack.signal.aborted) {
        quietly(() => message.nak());
        metrics.archiveRecordings.inc({ outcome: 'returned' });
      } else if (!isDone && (error.isFinal || deliveries >= maxDeliveries)) {
        await this.#giveUp(jetstream, message, error);
      } else {
        log.warn({ ...jobOf(message), code: error.code, deliveries }, 'recording is tried again');
        quietly(() => message.nak(Math.min(longestRetryMs, 1000 * 2 ** deliveries)));
        metrics.archiveRecordings.inc({ outcome: 'retried' });
      }
    } finally {
      leave?.();
      clearInterval(heldTimer);
      this.#running--;
    }
  }

  async #analyse(job: ArchiveJob): Promise<void> {
    const { host, store, writer, metrics, source } = this.#options;
    const bytes = store.read(job.source, this.#givingBack.signal);
    const events = await analyseRecording(host, { job, bytes, source, signal: this.#givingBack.signal });
    this.#givingBack.signal.throwIfAborted();
    const { published, known } = await writer.write(job.id, events);
    metrics.archiveEvents.inc({ outcome: 'published' }, published);
    metrics.archiveEvents.inc({ outcome: 'known' }, known);
  }

  #jobOf(message: JsMsg): ArchiveJob {
    const job = parseArchiveJob(message.string());
    const expected = this.#options.names.jobSubject(job.id);
    if (message.subject === expected) return job;
    throw new UndertoneError(
      'bad_message',
      `Expected the job on ${expected}; it came on ${message.subject}.`,
    );
  }

  async #giveUp(jetstream: JetStreamClient, message: JsMsg, error: JobError): Promise<void> {
    const { names, metrics, log } = this.#options;
    try {
      await sendDeadLetter(jetstream, names, message, error);
      await message.ackAck({ timeout: ackDeadlineMs });
      metrics.archiveRecordings.inc({ outcome: 'dead' });
      log.warn({ ...jobOf(message), code: error.code }, 'recording goes to the dead letters');
    } catch (cause) {
      log.error({ err: cause }, 'a dead letter could not be written: the job comes again');
    }
  }

  async #pause(ms: number): Promise<void> {
    const untilMs = performance.now() + ms;
    while (!this.#isStopping && performance.now() < untilMs)
      await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface JobError {
  readonly code: string;
  readonly message: string;
  /** Another try would end as this one. */
  readonly isFinal: boolean;
}

/** The job's last delivery is behind it. */
class GivenUp extends UndertoneError {}

function asJobError(cause: unknown): JobError {
  if (cause instanceof ProtocolError) return { code: cause.code, message: cause.message, isFinal: true };
  if (cause instanceof UndertoneError) {
    const { code, message, spec } = cause;
    const isFinal = cause instanceof GivenUp || !spec.retryable || lastingCodes.includes(code);
    return { code, message, isFinal };
  }
  return { code: 'internal', message: (cause as Error)?.message ?? String(cause), isFinal: false };
}

/** For the log, which learns nothing of where recordings are: the reason is in the dead letter. */
const jobOf = ({ subject }: JsMsg): { job: string } => ({ job: subject.slice(subject.lastIndexOf('.') + 1) });

/** What is said to a connection that is gone is said to nobody. */
function quietly(say: () => void): void {
  try {
    say();
  } catch {
    // The job comes again.
  }
}
