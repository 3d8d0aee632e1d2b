/** The sinks that a configuration asks for. */
import { hostname } from 'node:os';
import { UndertoneError } from '@undertone/core';
import type { ServerConfig } from '../config/fields.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServerMetrics } from '../observability/metrics.ts';
import { JsonLinesSink } from './json-lines-sink.ts';
import { LaneOutbox } from './lane-outbox.ts';
import type { AcknowledgingSink, Outbox, Sink, SinkEvent } from './sink.ts';
import { SinkOutbox } from './sink-outbox.ts';
import { Sinks } from './sinks.ts';

type SinkSettings = Pick<
  ServerConfig,
  | 'sinkStdout'
  | 'sinkFile'
  | 'sinkFileMaxBytes'
  | 'sinkKeptFiles'
  | 'sinkMaxEvents'
  | 'tenant'
  | 'natsUrl'
  | 'natsCredsFile'
  | 'natsToken'
  | 'natsTlsCaFile'
  | 'natsStream'
  | 'natsStreamMaxAgeSeconds'
  | 'natsStreamMaxBytes'
  | 'natsStreamReplicas'
  | 'natsDuplicateWindowSeconds'
>;

/** @throws UndertoneError `bad_config` */
export async function openSinks(config: SinkSettings, metrics: ServerMetrics, log: Logger): Promise<Sinks> {
  const counting = ({ name }: { readonly name: string }) => ({
    maxEvents: config.sinkMaxEvents,
    log,
    onDelivered: (count: number) => metrics.sinkDelivered.inc({ sink: name }, count),
    onDropped: ({ isDurable }: SinkEvent) =>
      metrics.sinkDropped.inc({ sink: name, durable: String(isDurable) }),
    onFailed: () => metrics.sinkFailures.inc({ sink: name }),
  });
  const outboxes: Outbox[] = [];
  const add = (sink: Sink): number => outboxes.push(new SinkOutbox({ sink, ...counting(sink) }));
  const addLanes = (sink: AcknowledgingSink): number =>
    outboxes.push(new LaneOutbox({ sink, ...counting(sink) }));
  if (config.sinkStdout) add(JsonLinesSink.toStandardOutput());
  if (config.sinkFile !== '')
    add(
      await JsonLinesSink.toFile(config.sinkFile, {
        maxBytes: config.sinkFileMaxBytes,
        keptFiles: config.sinkKeptFiles,
      }),
    );
  if (config.natsUrl.length > 0)
    addLanes(await openNats(config, log, () => metrics.sinkRefused.inc({ sink: 'nats' })));
  return new Sinks(outboxes, `/undertone/${hostname()}`);
}

async function openNats(
  config: SinkSettings,
  log: Logger,
  onRefused: () => void,
): Promise<AcknowledgingSink> {
  // Its client takes memory that nobody else should pay for.
  const { NatsSink } = await import('./nats/nats-sink.ts');
  const settings = {
    urls: config.natsUrl,
    tenant: config.tenant,
    credsFile: config.natsCredsFile,
    token: config.natsToken,
    caFile: config.natsTlsCaFile,
    stream:
      config.natsStream === ''
        ? null
        : {
            name: config.natsStream,
            maxAgeSeconds: config.natsStreamMaxAgeSeconds,
            maxBytes: config.natsStreamMaxBytes,
            duplicateSeconds: config.natsDuplicateWindowSeconds,
            replicas: config.natsStreamReplicas,
          },
  };
  try {
    return await NatsSink.open(settings, log, onRefused);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UndertoneError('bad_config', `Expected natsCredsFile to be credentials of NATS; ${why}.`, {
      cause,
    });
  }
}
