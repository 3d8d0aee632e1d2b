/** Jobs that are given up, with the reason, for somebody to look at. */
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import type { ArchiveDeadLetter, ArchiveNames } from '@undertone/proto';

const longestJob = 16_384;
const ackDeadlineMs = 10_000;

/** Resolves when it is durable. */
export async function sendDeadLetter(
  jetstream: JetStreamClient,
  names: ArchiveNames,
  message: JsMsg,
  { code, message: reason }: { readonly code: string; readonly message: string },
): Promise<void> {
  // By the subject: what the job says of itself may be anything.
  const id = message.subject.slice(message.subject.lastIndexOf('.') + 1);
  const letter: ArchiveDeadLetter = {
    id,
    code,
    reason,
    deliveries: message.info.deliveryCount,
    time: new Date().toISOString(),
    job: message.string().slice(0, longestJob),
  };
  await jetstream.publish(names.deadSubject(id), JSON.stringify(letter), {
    timeout: ackDeadlineMs,
    expect: { streamName: names.deadStream },
  });
}
