/** `undertone.v1.Undertone` and its description for clients that ask the server what it offers. */
import { createRequire } from 'node:module';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { protoPath as healthProtoPath } from 'grpc-health-check';

export const serviceName = 'undertone.v1.Undertone';

const asIs = (bytes: Buffer): Buffer => bytes;

export const undertoneService: ServiceDefinition = {
  StreamAnalyze: {
    path: `/${serviceName}/StreamAnalyze`,
    requestStream: true,
    responseStream: true,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
};

/** Ours and the health service's. */
export function describedServices(): PackageDefinition {
  const { resolve } = createRequire(import.meta.url);
  return loadSync([resolve('@undertone/proto/undertone.proto'), healthProtoPath], { keepCase: true });
}
