/** The sinks that a configuration asks for. */
import { hostname } from 'node:os';
import { UndertoneError } from '@undertone/core';
import type { ServerConfig } from '../config/fields.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServerMetrics } from '../observability/metrics.ts';
import { serverVersion } from '../version.ts';
import { type FileLimits, JsonLinesSink } from './json-lines-sink.ts';
import { LaneOutbox } from './lane-outbox.ts';
import type { AcknowledgingSink, Outbox, Sink, SinkEvent } from './sink.ts';
import { SinkOutbox } from './sink-outbox.ts';
import { Sinks } from './sinks.ts';
import { webhookKey } from './webhook/webhook-signature.ts';
import { WebhookSink } from './webhook/webhook-sink.ts';

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
  | 'redisUrl'
  | 'redisUser'
  | 'redisPassword'
  | 'redisTlsCaFile'
  | 'redisStreamMaxEvents'
  | 'redisDuplicateWindowSeconds'
  | 'webhookUrl'
  | 'webhookSecret'
  | 'webhookTypes'
  | 'webhookTimeoutMs'
  | 'webhookGiveUpSeconds'
  | 'webhookDeadLetterFile'
>;

/** @throws UndertoneError `bad_config` */
export async function openSinks(config: SinkSettings, metrics: ServerMetrics, log: Logger): Promise<Sinks> {
  const counting = ({ name }: { readonly name: string }) => ({
    maxEvents: config.sinkMaxEvents,
    log,
    onDelivered: ({ isDurable }: SinkEvent) =>
      metrics.sinkDelivered.inc({ sink: name, durable: String(isDurable) }),
    onDropped: ({ isDurable }: SinkEvent) =>
      metrics.sinkDropped.inc({ sink: name, durable: String(isDurable) }),
    onOverShare: () => metrics.sinkOverShare.inc({ sink: name }),
    onFailed: () => metrics.sinkFailures.inc({ sink: name }),
  });
  const outboxes: Outbox[] = [];
  const add = (sink: Sink): number => outboxes.push(new SinkOutbox({ sink, ...counting(sink) }));
  const addLanes = (sink: AcknowledgingSink): number =>
    outboxes.push(new LaneOutbox({ sink, ...counting(sink) }));
  try {
    if (config.sinkStdout) add(JsonLinesSink.toStandardOutput());
    if (config.sinkFile !== '') add(await JsonLinesSink.toFile(config.sinkFile, fileLimits(config)));
    if (config.natsUrl.length > 0)
      addLanes(await openNats(config, log, () => metrics.sinkRefused.inc({ sink: 'nats' })));
    if (config.redisUrl !== '') addLanes(await openRedis(config, log));
    const webhooks = await openWebhooks(config, log, (sink) => metrics.sinkRefused.inc({ sink }));
    for (const webhook of webhooks) addLanes(webhook);
  } catch (cause) {
    // The server does not start: what is open already must not keep the process.
    await Promise.allSettled(outboxes.map((outbox) => outbox.close(0)));
    throw cause;
  }
  return new Sinks(outboxes, `/undertone/${hostname()}`);
}

const fileLimits = ({ sinkFileMaxBytes, sinkKeptFiles }: SinkSettings): FileLimits => ({
  maxBytes: sinkFileMaxBytes,
  keptFiles: sinkKeptFiles,
});

async function openWebhooks(
  config: SinkSettings,
  log: Logger,
  onRefused: (sink: string) => void,
): Promise<readonly AcknowledgingSink[]> {
  const { webhookUrl, webhookSecret, webhookDeadLetterFile: path } = config;
  if (webhookUrl.length === 0) return [];
  const deadLetters =
    path === ''
      ? null
      : shared(
          await JsonLinesSink.toFile(path, fileLimits(config), 'webhookDeadLetterFile'),
          webhookUrl.length,
        );
  return webhookUrl.map((url, index) => {
    const name = index === 0 ? 'webhook' : `webhook-${index + 1}`;
    return new WebhookSink({
      name,
      url,
      keys: webhookSecret.flatMap((secret) => webhookKey(secret) ?? []),
      types: config.webhookTypes,
      timeoutMs: config.webhookTimeoutMs,
      giveUpMs: config.webhookGiveUpSeconds * 1000,
      userAgent: `undertone/${serverVersion}`,
      deadLetters,
      log,
      onRefused: () => onRefused(name),
    });
  });
}

/** Closed by the last of its owners. */
function shared(sink: Sink, owners: number): Sink {
  let open = owners;
  return {
    name: sink.name,
    deliver: (events, signal) => sink.deliver(events, signal),
    close: async () => {
      if (--open === 0) await sink.close();
    },
  };
}

async function openRedis(config: SinkSettings, log: Logger): Promise<AcknowledgingSink> {
  const { RedisSink } = await import('./redis/redis-sink.ts');
  const settings = {
    url: config.redisUrl,
    user: config.redisUser,
    password: config.redisPassword,
    caFile: config.redisTlsCaFile,
    tenant: config.tenant,
    maxEvents: config.redisStreamMaxEvents,
    duplicateSeconds: config.redisDuplicateWindowSeconds,
  };
  try {
    return await RedisSink.open(settings, log);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UndertoneError('bad_config', `Expected redisTlsCaFile to be certificates; ${why}.`, { cause });
  }
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
