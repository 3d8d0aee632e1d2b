/** One stream, as its door and its host see it. */
import type { UndertoneError } from '@undertone/core';
import type { ClientMessage } from '@undertone/proto';
import type { TransportName } from './session-services.ts';

export interface Session {
  readonly id: string;
  readonly transport: TransportName;
  /** `name@version` */
  readonly model: string;
  readonly isClosed: boolean;
  /** Bytes sent that the client has not read yet. */
  readonly bufferedBytes: number;
  /** Whether the client can go on at another server. */
  readonly canMove: boolean;
  receiveAudio(bytes: Uint8Array): void;
  receive(message: ClientMessage): void;
  /** A message came that is none of the protocol. */
  receiveInvalid(error: UndertoneError): void;
  /** The transport refused a message over the size limit and ends the connection itself. */
  messageTooLarge(): void;
  /** Something was thrown that nobody expects. */
  defect(cause: unknown): void;
  /** The connection is gone. */
  disconnected(code: number): void;
  /** The server is about to stop: tells the client. */
  warnOfDrain(): void;
  /** Ends the stream in order, or sends the client to another server. */
  goAway(): void;
  /** The stream goes on elsewhere, on another connection. */
  supersede(): void;
  /** Called now and then by the host. */
  checkLimits(): void;
}
