/**
 * Results of a recording into the stream, each once, whoever else writes them at the same time or died over it. Two
 * things see to it: the stream knows an id again for a while, and each event is taken only where the one before it is the
 * last of its subject, which holds for as long as the stream does. The summary comes last: where it is, all is there.
 */
import { JetStreamApiCodes, JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import { archiveNames, archiveSessionId } from '@undertone/proto';
import { subjectOf } from '../sink/nats/nats-subject.ts';
import type { SinkEvent } from '../sink/sink.ts';

const ackDeadlineMs = 5000;
/** Times that somebody else may come between before the recording is left to them. */
const mostLooks = 5;

export interface ResultStream {
  readonly name: string;
  readonly tenant: string;
}

/** What the stream has of a session. */
interface Held {
  readonly ids: ReadonlySet<string>;
  /** Sequence number of the last event, by subject. */
  readonly last: Map<string, number>;
}

export interface Written {
  readonly published: number;
  /** Events that the stream had. */
  readonly known: number;
}

export class ResultWriter {
  readonly #stream: ResultStream;
  readonly #jetstream: () => JetStreamClient;

  /** @param jetstream of the connection that is there, or throws */
  constructor(stream: ResultStream, jetstream: () => JetStreamClient) {
    this.#stream = stream;
    this.#jetstream = jetstream;
  }

  /** Whether all results of a job are there. */
  async isComplete(jobId: string): Promise<boolean> {
    const { name, tenant } = this.#stream;
    const manager = await this.#jetstream().jetstreamManager(false);
    const query = { last_by_subj: archiveNames(tenant).summarySubject(jobId) };
    return (await manager.streams.getMessage(name, query)) !== null;
  }

  /**
   * Resolves when each of them is acknowledged.
   * @param events durable ones of the job's session, in their order
   * @throws Error when that cannot be had now
   */
  async write(jobId: string, events: readonly SinkEvent[]): Promise<Written> {
    let held: Held = { ids: new Set(), last: new Map() };
    let [published, looks, at] = [0, 0, 0];
    while (at < events.length) {
      const event = events[at]!;
      if (held.ids.has(event.id)) {
        at++;
        continue;
      }
      const subject = subjectOf(this.#stream.tenant, event);
      try {
        const ack = await this.#jetstream().publish(subject, event.json, {
          msgID: event.id,
          timeout: ackDeadlineMs,
          expect: { streamName: this.#stream.name, lastSubjectSequence: held.last.get(subject) ?? 0 },
        });
        held.last.set(subject, ack.seq);
        if (!ack.duplicate) published++;
        at++;
      } catch (error) {
        if (!isOvertaken(error) || ++looks > mostLooks) throw error;
        held = await this.#read(jobId);
      }
    }
    return { published, known: events.length - published };
  }

  async #read(jobId: string): Promise<Held> {
    const { name, tenant } = this.#stream;
    const manager = await this.#jetstream().jetstreamManager(false);
    const filter = `undertone.v1.${tenant}.${archiveSessionId(jobId)}.*`;
    const ids = new Set<string>();
    const last = new Map<string, number>();
    for (let seq = 1; ; ) {
      // The client has no type for it: the first message of these subjects from a number on.
      const query = { seq, next_by_subj: filter } as { seq: number };
      const found = await manager.streams.getMessage(name, query);
      if (!found) return { ids, last };
      ids.add(found.header.get('Nats-Msg-Id'));
      last.set(found.subject, found.seq);
      seq = found.seq + 1;
    }
  }
}

/** Whether the stream has an event that this worker has not written. */
function isOvertaken(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;
}
