import { Server, ServerCredentials } from '@grpc/grpc-js';

import { afterEach, expect, test } from 'vitest';
import { GrpcStreamClient } from '../../../../test/support/grpc-client.ts';
import { localModel } from '../../../../test/support/local-model.ts';
import { SmallModel } from '../../../../test/support/small-model.ts';
import { CapacityGate } from '../../admission/capacity-gate.ts';
import type { UndertoneServer } from '../../app.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { ServedModels } from '../../inference/served-models.ts';
import { createLogger } from '../../observability/logger.ts';
import { createMetrics } from '../../observability/metrics.ts';
import { SessionHost } from '../../session/session-host.ts';
import type { BytesCall } from './grpc-transport.ts';
import { undertoneService } from './service.ts';
import { StreamCall } from './stream-call.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

test('a call whose stream cannot be opened is counted as over once, and not as open', async () => {
  const metrics = createMetrics({
    sessions: () => [],
    capacity: () => 1,
    loadRatio: () => 0,
    sendBufferBytes: () => 0,
    draining: () => false,
    version: '0',
    models: [{ model: 'test@1.0.0', model_sha: '0' }],
  });
  const services = {
    config: resolveConfig({ logLevel: 'silent' }),
    metrics,
    log: createLogger('silent'),
    now: () => performance.now(),
  };
  const limits = () => ({ maxSessions: 0, maxUtilisation: 1 });
  const gate = new CapacityGate({ limits, calibrated: 100, sources: [], audioSeconds: () => 0 });
  const host = new SessionHost(new ServedModels([localModel(new SmallModel(5))]), services, gate);
  host.models.default.open = () => {
    throw new Error('broken on purpose');
  };
  let over = 0;
  const authenticator = { authenticate: async () => ({ id: 'anonymous', anonymous: true }) };
  const grpc = new Server();
  grpc.addService(undertoneService, {
    StreamAnalyze: (call: BytesCall) => {
      call.on('error', () => {});
      void new StreamCall(call, host, authenticator, () => over++).start();
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  closing.push(
    () => grpc.forceShutdown(),
    () => host.close(),
    () => metrics.close(),
  );
  const client = GrpcStreamClient.open({ grpcAddress: `127.0.0.1:${port}` } as UndertoneServer);
  expect((await client.ended).undertoneCode).toBe('internal');
  expect([over, gate.loadRatio, host.sessions, host.refused]).toEqual([1, 0, 0, 1]);
});
