import { Server, ServerCredentials } from '@grpc/grpc-js';

import { afterEach, expect, test } from 'vitest';
import { GrpcStreamClient } from '../../../../test/support/grpc-client.ts';
import { createSmallHost } from '../../../../test/support/small-host.ts';
import type { UndertoneServer } from '../../app.ts';
import type { BytesCall } from './grpc-transport.ts';
import { undertoneService } from './service.ts';
import { StreamCall } from './stream-call.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

test('a call whose stream cannot be opened is counted as over once, and not as open', async () => {
  const { host, gate, close } = createSmallHost(100);
  host.models.default.open = () => {
    throw new Error('broken on purpose');
  };
  let over = 0;
  const authenticator = {
    authenticate: async () => ({ id: 'anonymous', anonymous: true }),
    mayBeTold: () => true,
  };
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
  closing.push(() => grpc.forceShutdown(), close);
  const client = GrpcStreamClient.open({ grpcAddress: `127.0.0.1:${port}` } as UndertoneServer);
  expect((await client.ended).undertoneCode).toBe('internal');
  expect([over, gate.loadRatio, host.sessions, host.refused]).toEqual([1, 0, 0, 1]);
});
