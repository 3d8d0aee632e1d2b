/** The queue of jobs as those see it that fill it and look at it. */
import {
  type ConsumerInfo,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { UndertoneError } from '@undertone/core';
import {
  type ArchiveDeadLetter,
  type ArchiveJob,
  type ArchiveNames,
  archiveNames,
  archiveStreams,
} from '@undertone/proto';
import type { FeedConnection } from '../../feed/node/feed-options.ts';
import { findStream, openNats } from '../../feed/node/open-nats.ts';

/** `waiting`: it was in the queue. `done`: its results are there. */
export type EnqueueState = 'queued' | 'waiting' | 'done';

export interface QueueCounts {
  readonly waiting: number;
  /** With a worker, or to be tried again. */
  readonly running: number;
  readonly done: number;
  readonly dead: number;
}

const consumerNotFound = 10_014;

export class ArchiveQueue {
  readonly #connection: NatsConnection;
  readonly #jetstream: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #names: ArchiveNames;
  /** Null where nothing keeps results yet. */
  readonly #results: string | null;

  private constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    tenant: string,
    results: string | null,
  ) {
    this.#connection = connection;
    this.#jetstream = jetstream(connection);
    this.#manager = manager;
    this.#names = archiveNames(tenant);
    this.#results = results;
  }

  /**
   * Makes the queue where there is none.
   * @throws UndertoneError `connection_failed`, `unauthorized`, `file_not_found`
   */
  static async open(settings: FeedConnection): Promise<ArchiveQueue> {
    const { tenant = 'default' } = settings;
    const connection = await openNats(settings);
    try {
      const client = jetstream(connection);
      const manager = await client.jetstreamManager();
      for (const stream of archiveStreams(archiveNames(tenant))) await unlessThere(manager, stream);
      return new ArchiveQueue(connection, manager, tenant, await resultsOf(settings));
    } catch (cause) {
      await connection.close();
      if (cause instanceof UndertoneError) throw cause;
      const why = cause instanceof Error ? cause.message || cause.name : String(cause);
      throw new UndertoneError('connection_failed', `Expected JetStream to answer; ${why}.`, { cause });
    }

    async function resultsOf(connectionSettings: FeedConnection): Promise<string | null> {
      try {
        return (await findStream(connection, connectionSettings)).name;
      } catch (error) {
        if (error instanceof UndertoneError && error.code === 'not_found') return null;
        throw error;
      }
    }
  }

  async enqueue(job: ArchiveJob): Promise<EnqueueState> {
    if (this.#results !== null) {
      const query = { last_by_subj: this.#names.summarySubject(job.id) };
      if ((await this.#manager.streams.getMessage(this.#results, query)) !== null) return 'done';
    }
    try {
      // What is in the queue has a number: nothing is there twice, whoever enqueues at the same time.
      const expect = { streamName: this.#names.jobStream, lastSubjectSequence: 0 };
      await this.#jetstream.publish(this.#names.jobSubject(job.id), JSON.stringify(job), { expect });
      return 'queued';
    } catch (error) {
      const isThere =
        error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;
      if (isThere) return 'waiting';
      throw error;
    }
  }

  async counts(): Promise<QueueCounts> {
    const { jobStream, deadStream } = this.#names;
    const consumer = await this.#consumer();
    const { state } = await this.#manager.streams.info(jobStream);
    const { state: given } = await this.#manager.streams.info(deadStream);
    return {
      waiting: consumer?.num_pending ?? state.messages,
      running: consumer?.num_ack_pending ?? 0,
      // A queue forgets what is done with: those numbers that are gone, without those that were ever given up.
      done: Math.max(0, state.last_seq - state.messages - given.last_seq),
      dead: given.messages,
    };
  }

  /** Oldest first. */
  async *deadLetters(): AsyncGenerator<ArchiveDeadLetter> {
    const { deadStream, deadSubjects } = this.#names;
    for (let seq = 1; ; ) {
      // The client has no type for it: the first message of these subjects from a number on.
      const query = { seq, next_by_subj: deadSubjects } as { seq: number };
      const found = await this.#manager.streams.getMessage(deadStream, query);
      if (!found) return;
      yield found.json<ArchiveDeadLetter>();
      seq = found.seq + 1;
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Null as long as there was no worker. */
  async #consumer(): Promise<ConsumerInfo | null> {
    try {
      return await this.#manager.consumers.info(this.#names.jobStream, this.#names.consumer);
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === consumerNotFound) return null;
      throw error;
    }
  }
}

async function unlessThere(
  manager: JetStreamManager,
  stream: ReturnType<typeof archiveStreams>[number],
): Promise<void> {
  try {
    await manager.streams.info(stream.name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamNotFound) throw error;
    await manager.streams.add(stream);
  }
}
