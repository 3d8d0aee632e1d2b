/** The sinks that a configuration asks for. */
import { hostname } from 'node:os';
import type { ServerConfig } from '../config/fields.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServerMetrics } from '../observability/metrics.ts';
import { JsonLinesSink } from './json-lines-sink.ts';
import type { Sink } from './sink.ts';
import { SinkOutbox } from './sink-outbox.ts';
import { Sinks } from './sinks.ts';

type SinkSettings = Pick<
  ServerConfig,
  'sinkStdout' | 'sinkFile' | 'sinkFileMaxBytes' | 'sinkKeptFiles' | 'sinkMaxEvents'
>;

/** @throws UndertoneError `bad_config` */
export async function openSinks(config: SinkSettings, metrics: ServerMetrics, log: Logger): Promise<Sinks> {
  const sinks: Sink[] = [];
  if (config.sinkStdout) sinks.push(JsonLinesSink.toStandardOutput());
  if (config.sinkFile !== '')
    sinks.push(
      await JsonLinesSink.toFile(config.sinkFile, {
        maxBytes: config.sinkFileMaxBytes,
        keptFiles: config.sinkKeptFiles,
      }),
    );
  const outboxes = sinks.map(
    (sink) =>
      new SinkOutbox({
        sink,
        maxEvents: config.sinkMaxEvents,
        log,
        onDelivered: (count) => metrics.sinkDelivered.inc({ sink: sink.name }, count),
        onDropped: ({ isDurable }) =>
          metrics.sinkDropped.inc({ sink: sink.name, durable: String(isDurable) }),
        onFailed: () => metrics.sinkFailures.inc({ sink: sink.name }),
      }),
  );
  return new Sinks(outboxes, `/undertone/${hostname()}`);
}
