/** A host of sessions with a small model in the thread of the test, as large as the test says. */
import { CapacityGate } from '../../server/src/admission/capacity-gate.ts';
import type { ServerConfig } from '../../server/src/config/fields.ts';
import { resolveConfig } from '../../server/src/config/resolve-config.ts';
import { ServedModels } from '../../server/src/inference/served-models.ts';
import { createLogger, type Logger } from '../../server/src/observability/logger.ts';
import { createMetrics } from '../../server/src/observability/metrics.ts';
import { SessionHost } from '../../server/src/session/session-host.ts';
import { Sinks } from '../../server/src/sink/sinks.ts';
import { localModel } from './local-model.ts';
import { SmallModel } from './small-model.ts';

export interface SmallHost {
  readonly host: SessionHost;
  readonly gate: CapacityGate;
  readonly log: Logger;
  close(): void;
}

/** @param channels that fill it */
export function createSmallHost(channels: number, options: Partial<ServerConfig> = {}): SmallHost {
  const metrics = createMetrics({
    sessions: () => [],
    capacity: () => 1,
    loadRatio: () => 0,
    sendBufferBytes: () => 0,
    sinkBacklog: () => [],
    draining: () => false,
    version: '0',
    models: [{ model: 'test@1.0.0', model_sha: '0' }],
  });
  const log = createLogger('silent');
  const config = resolveConfig({ logLevel: 'silent', ...options });
  const limits = () => ({ maxSessions: 0, maxUtilisation: 1 });
  const gate = new CapacityGate({ limits, calibrated: channels, sources: [], audioSeconds: () => 0 });
  const services = { config, metrics, log, sinks: new Sinks([], ''), now: () => performance.now() };
  const host = new SessionHost(new ServedModels([localModel(new SmallModel(5))]), services, gate);
  return {
    host,
    gate,
    log,
    close: () => {
      host.close();
      metrics.close();
    },
  };
}
