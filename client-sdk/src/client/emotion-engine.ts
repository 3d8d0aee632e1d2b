/**
 * A place where audio is recognised, as `Recognizer` drives it: a server behind a connection, or the recogniser of this
 * device. Both speak the messages of the protocol, so that neither has to know the other.
 */
import type { UndertoneError } from '@undertone/core';
import type { ClientMessage, ServerMessage } from '@undertone/proto';

export interface EngineHandlers {
  /** `Begin` first, then every message in order. Never called while the engine is being made. */
  readonly onMessage: (message: ServerMessage) => void;
  /** Called once, and nothing after it: null after a `Summary`, else why the stream is over. */
  readonly onEnd: (error: UndertoneError | null) => void;
}

/**
 * One call at a time, and none before `Begin`: who calls waits for the promise. All of them resolve, without effect, once
 * the stream is over; why it is over `onEnd` tells.
 */
export interface EmotionEngine {
  /** Bytes of the stream's encoding, cut anywhere; they are left unchanged until it resolves, when there is room for more. */
  sendAudio(bytes: Uint8Array): Promise<void>;
  /** `Finalize`, `Configure`, `Pause`, `Resume`, `Gap`, `KeepAlive`, `CloseStream`: takes effect after the audio before it. */
  sendMessage(message: ClientMessage): Promise<void>;
  /** Ends at once, without a goodbye; `onEnd` is not called. Idempotent. */
  terminate(): void;
}
