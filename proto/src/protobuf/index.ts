/**
 * The protobuf form of the protocol (`undertone/v1/undertone.proto`, shipped with this package): over gRPC, and over
 * WebSocket under the subprotocol `undertone.v1.protobuf`. An entry of its own, so that those who speak JSON do not
 * carry it. Nothing is compiled at run time, so it works where a page forbids `eval`.
 */
export type { ClientRequest } from './client-codec.ts';
export { decodeClientMessage, encodeClientMessage } from './client-codec.ts';
export { decodeServerMessage, encodeServerMessage } from './server-codec.ts';
export { protobufSubprotocol } from './subprotocol.ts';
