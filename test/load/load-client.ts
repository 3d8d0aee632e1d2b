/** What the load generator needs of a connection, whatever door of the server it goes through. */
import type { ServerMessage } from '@undertone/proto';
import { openGrpcClient } from './grpc-client.ts';
import type { Transport } from './load-plan.ts';
import { openWebSocketClient } from './websocket-client.ts';

export interface LoadClient {
  sendAudio(bytes: Uint8Array): void;
  /** CloseStream, or the end of the call. */
  finish(): void;
  /** Without goodbye. */
  abort(): void;
}

export interface LoadClientHandlers {
  onMessage(message: ServerMessage): void;
  /** Once; null after an orderly end. */
  onEnd(error: Error | null): void;
}

export type OpenLoadClient = (url: string, handlers: LoadClientHandlers) => LoadClient;

export const openLoadClient: Readonly<Record<Transport, OpenLoadClient>> = {
  ws: openWebSocketClient,
  grpc: openGrpcClient,
};
