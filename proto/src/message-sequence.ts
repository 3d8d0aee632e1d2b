/**
 * The outgoing side of one session: gives every message its session id and the next number, so that the numbers a
 * client sees have no gap. A message is numbered when it is written, never when it is queued.
 */
import {
  type ChannelSummaryLike,
  type EventLike,
  type ModelLike,
  toBeginMessage,
  toChannelSummary,
  toEventMessage,
  toSeconds,
} from './event-messages.ts';
import type {
  BeginMessage,
  ErrorMessage,
  ServerMessage,
  ServerMessageBody,
  StreamConfig,
  SummaryMessage,
} from './messages.ts';

export interface SummaryInput {
  readonly audioSamples: number;
  readonly droppedSeconds: number;
  readonly reason: SummaryMessage['reason'];
  /** One per analysed channel, in channel order. */
  readonly channels: readonly ChannelSummaryLike[];
}

export class MessageSequence {
  readonly sessionId: string;
  readonly config: StreamConfig;
  #seq = 0;

  constructor(sessionId: string, config: StreamConfig) {
    this.sessionId = sessionId;
    this.config = config;
  }

  begin(model: ModelLike, limits: BeginMessage['limits']): ServerMessage {
    return this.#number(toBeginMessage(model, this.config, limits));
  }

  /** Null when the client did not ask for events of this kind. */
  event(event: EventLike, latencyMs?: number): ServerMessage | null {
    const context = { sessionId: this.sessionId, config: this.config };
    const body = toEventMessage(event, latencyMs === undefined ? context : { ...context, latencyMs });
    return body && this.#number(body);
  }

  error(code: string, message: string, fatal: boolean, retryAfterMs?: number): ServerMessage {
    const body: ErrorMessage = { type: 'Error', code, message, fatal };
    if (retryAfterMs !== undefined) body.retry_after_ms = retryAfterMs;
    return this.#number(body);
  }

  summary(input: SummaryInput): ServerMessage {
    const speech = this.config.channel_roles.map(() => 0);
    for (const channel of input.channels) speech[channel.channel] = toSeconds(channel.speechSamples);
    return this.#number({
      type: 'Summary',
      audio_s: toSeconds(input.audioSamples),
      speech_s: speech,
      per_channel: input.channels.map((channel) =>
        toChannelSummary(channel, this.config.channel_roles[channel.channel] ?? 'unknown'),
      ),
      dropped_s: Math.round(input.droppedSeconds * 1000) / 1000,
      reason: input.reason,
    });
  }

  #number(body: ServerMessageBody): ServerMessage {
    const { type, ...rest } = body;
    return { type, session_id: this.sessionId, seq: this.#seq++, ...rest } as ServerMessage;
  }
}
