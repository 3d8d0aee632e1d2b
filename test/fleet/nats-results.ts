/** What a fleet's servers left in JetStream: whatever was moved, each durable event of a session once. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

export interface NatsVerdict {
  readonly stored: number;
  readonly repeated: number;
  /** Final results that a client got and that are not there. */
  readonly finalsMissing: number;
  /** Sessions without a summary, and with more than one. */
  readonly summariesMissing: number;
  readonly summariesRepeated: number;
}

interface Stored {
  readonly id: string;
  readonly subject: string;
  readonly type: string;
  readonly data: { readonly is_final?: boolean };
}

/** @param finals by session, how many final results its client got */
export async function readNats(
  url: string,
  stream: string,
  finals: ReadonlyMap<string, number>,
): Promise<NatsVerdict> {
  const connection = await connect({ servers: url });
  try {
    const manager = await jetstreamManager(connection);
    const { messages } = (await manager.streams.info(stream)).state;
    const ids = new Set<string>();
    const found = new Map<string, { finals: number; summaries: number }>();
    let read = 0;
    const consumer = await manager.jetstream().consumers.get(stream);
    if (messages > 0)
      for await (const message of await consumer.consume({ max_messages: 5000 })) {
        const event = message.json<Stored>();
        const counts = found.get(event.subject) ?? { finals: 0, summaries: 0 };
        found.set(event.subject, counts);
        if (!ids.has(event.id)) {
          ids.add(event.id);
          if (event.type.endsWith('.emotion') && event.data.is_final) counts.finals++;
        }
        if (event.type.endsWith('.summary')) counts.summaries++;
        if (++read === messages) break;
      }
    const of = [...finals].map(([session, count]) => ({ count, ...found.get(session) }));
    return {
      stored: messages,
      repeated: messages - ids.size,
      finalsMissing: of.reduce((sum, call) => sum + Math.max(0, call.count - (call.finals ?? 0)), 0),
      summariesMissing: of.filter(({ summaries = 0 }) => summaries === 0).length,
      summariesRepeated: of.filter(({ summaries = 0 }) => summaries > 1).length,
    };
  } finally {
    await connection.close();
  }
}
