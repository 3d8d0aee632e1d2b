/** WebSocket subprotocol under which every frame is binary and one protobuf message. */
export const protobufSubprotocol = 'undertone.v1.protobuf';
