/** A call of the load generator over gRPC. Calls share connections, as those of a gateway do. */
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServerMessage } from '@undertone/proto';
import { type ClientRequest, decodeServerMessage, encodeClientMessage } from '@undertone/proto/protobuf';
import type { LoadClient, LoadClientHandlers } from './load-client.ts';
import { Refused } from './refused.ts';

const method = '/undertone.v1.Undertone/StreamAnalyze';
const callsPerConnection = 50;
const connections = new Map<string, { client: Client; calls: number }>();

const serialize = (request: ClientRequest): Buffer => {
  const bytes = encodeClientMessage(request);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};
const deserialize = (bytes: Buffer): ServerMessage | null => decodeServerMessage(bytes);

/** @param url `grpc://host:port` */
export function openGrpcClient(url: string, handlers: LoadClientHandlers): LoadClient {
  const connection = connectionTo(new URL(url).host);
  connection.calls++;
  const call = connection.client.makeBidiStreamRequest(method, serialize, deserialize, new Metadata());
  let isOver = false;
  const end = (error: Error | null): void => {
    if (isOver) return;
    isOver = true;
    connection.calls--;
    handlers.onEnd(error);
  };
  call.on('data', (message: ServerMessage | null) => {
    if (message) handlers.onMessage(message);
  });
  call.on('error', (error) => {
    const { code } = error as unknown as { code: number };
    end(code === status.RESOURCE_EXHAUSTED ? new Refused(503, true) : error);
  });
  call.on('end', () => end(null));
  call.write({ type: 'Config', config: {} });
  return {
    sendAudio: (audio) => void call.write({ type: 'Audio', audio }),
    finish: () => call.end(),
    abort: () => call.cancel(),
  };
}

function connectionTo(host: string): { client: Client; calls: number } {
  const found = connections.get(host);
  if (found && found.calls < callsPerConnection) return found;
  const client = new Client(host, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const made = { client, calls: 0 };
  connections.set(host, made);
  return made;
}
