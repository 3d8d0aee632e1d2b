/**
 * The protobuf form of the protocol (`undertone/v1/undertone.proto`, shipped with this package): over gRPC, and over
 * WebSocket under the subprotocol `undertone.v1.protobuf`. An entry of its own, so that those who speak JSON do not
 * carry it. The table of fields is generated from the .proto and read by the reader and writer of protobufjs: 19 kB gzipped,
 * where its reflection would be 31 kB and compile code at run time, which pages may forbid. An `Emotion` is written in 2.7
 * microseconds (as JSON in 1.6) and 20 ms of audio are read in 0.1.
 */
export type { ClientRequest } from './client-codec.ts';
export { decodeClientMessage, encodeClientMessage } from './client-codec.ts';
export { decodeServerMessage, encodeServerMessage } from './server-codec.ts';
export { protobufSubprotocol } from './subprotocol.ts';
