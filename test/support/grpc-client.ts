/** A plain gRPC client for tests of the protocol: sends what it is told and keeps every message that comes back. */
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type StatusObject,
} from '@grpc/grpc-js';
import type { ServerMessage, StreamQuery } from '@undertone/proto';
import { type ClientRequest, decodeServerMessage, encodeClientMessage } from '@undertone/proto/protobuf';
import type { UndertoneServer } from '@undertone/server';

const path = '/undertone.v1.Undertone/StreamAnalyze';
const bytes = (value: Uint8Array): Buffer => Buffer.from(value);

export interface GrpcEnd {
  readonly code: number;
  readonly details: string;
  /** The trailer `undertone-code`. */
  readonly undertoneCode: string | undefined;
}

export class GrpcStreamClient {
  readonly call: ClientDuplexStream<Uint8Array, Buffer>;
  readonly messages: ServerMessage[] = [];
  readonly ended: Promise<GrpcEnd>;
  readonly #client: Client;

  constructor(
    server: UndertoneServer,
    { metadata = {}, deadlineMs, channel = credentials.createInsecure() }: GrpcClientOptions = {},
  ) {
    this.#client = new Client(server.grpcAddress!, channel);
    const sent = new Metadata();
    for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
    const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    this.call = this.#client.makeBidiStreamRequest(path, bytes, bytes, sent, options);
    this.call.on('error', () => {});
    this.call.on('data', (message: Buffer) => this.messages.push(decodeServerMessage(message)!));
    this.ended = new Promise((resolve) => {
      this.call.on('status', ({ code, details, metadata: trailers }: StatusObject) => {
        const [undertoneCode] = trailers.get('undertone-code');
        resolve({ code, details, undertoneCode: undertoneCode?.toString() });
        this.#client.close();
      });
    });
  }

  static open(
    server: UndertoneServer,
    config: Partial<StreamQuery> = {},
    options: GrpcClientOptions = {},
  ): GrpcStreamClient {
    const client = new GrpcStreamClient(server, options);
    client.send({ type: 'Config', config });
    return client;
  }

  send(request: ClientRequest): void {
    this.call.write(encodeClientMessage(request));
  }

  sendAudio(audio: Uint8Array, packetBytes: number = audio.length): void {
    for (let at = 0; at < audio.length; at += packetBytes)
      this.send({ type: 'Audio', audio: audio.subarray(at, at + packetBytes) });
  }

  /** Half-closes; resolves with the status. */
  finish(): Promise<GrpcEnd> {
    this.call.end();
    return this.ended;
  }
}

export interface GrpcClientOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
  /** How to connect; in the clear otherwise. */
  readonly channel?: ChannelCredentials;
}
