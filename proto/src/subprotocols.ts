/** WebSocket subprotocols of JSON; that of protobuf is in its own entry. */

/** Text frames are JSON, binary frames from the client are audio. */
export const streamSubprotocol = 'undertone.v1';

/**
 * Offered beside another one by clients that cannot see the HTTP status of a refused upgrade, as pages cannot: a request that
 * is refused is upgraded all the same under this name, and gets the `Error` as its only message and the close code.
 */
export const refusalSubprotocol = 'undertone.refusals.v1';
