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
} from './event-messages.ts';
import type {
  BeginMessage,
  ErrorMessage,
  ServerMessage,
  ServerMessageBody,
  StreamConfig,
  SummaryMessage,
} from './messages.ts';
import { toConversation } from './mood-messages.ts';
import { toSeconds } from './to-seconds.ts';

export interface SummaryInput {
  readonly audioSamples: number;
  readonly droppedSeconds: number;
  readonly reason: SummaryMessage['reason'];
  /** One per analysed channel, in channel order. */
  readonly channels: readonly ChannelSummaryLike[];
}

/** What a `Begin` says only of some streams. */
export type BeginExtras = Pick<BeginMessage, 'resumed' | 'sample' | 'trace_id'>;

export class MessageSequence {
  readonly sessionId: string;
  #config: StreamConfig;
  #seq = 0;

  constructor(sessionId: string, config: StreamConfig) {
    this.sessionId = sessionId;
    this.#config = config;
  }

  get config(): StreamConfig {
    return this.#config;
  }

  begin(model: ModelLike, limits: BeginMessage['limits'], more: BeginExtras = {}): ServerMessage {
    return this.message({ ...toBeginMessage(model, this.#config, limits), ...more });
  }

  /** Events from here on are reported as `config` says. */
  configured(config: StreamConfig): ServerMessage {
    this.#config = config;
    return this.message({ type: 'Configured', config });
  }

  /** Null when the client did not ask for events of this kind. */
  event(event: EventLike, latencyMs?: number): ServerMessage | null {
    const { sessionId } = this;
    const config = this.#config;
    const body = toEventMessage(
      event,
      latencyMs === undefined ? { sessionId, config } : { sessionId, config, latencyMs },
    );
    return body && this.message(body);
  }

  error(code: string, message: string, fatal: boolean, retryAfterMs?: number): ServerMessage {
    const body: ErrorMessage = { type: 'Error', code, message, fatal };
    if (retryAfterMs !== undefined) body.retry_after_ms = retryAfterMs;
    return this.message(body);
  }

  summary(input: SummaryInput): ServerMessage {
    const speech = this.#config.channel_roles.map(() => 0);
    for (const channel of input.channels) speech[channel.channel] = toSeconds(channel.speechSamples);
    const conversation = input.channels[0]?.conversation;
    return this.message({
      type: 'Summary',
      audio_s: toSeconds(input.audioSamples),
      speech_s: speech,
      per_channel: input.channels.map((channel) =>
        toChannelSummary(channel, this.#config.channel_roles[channel.channel] ?? 'unknown'),
      ),
      dropped_s: Math.round(input.droppedSeconds * 1000) / 1000,
      reason: input.reason,
      ...(conversation ? { conversation: toConversation(conversation) } : {}),
    });
  }

  /** Any message, with its envelope. */
  message(body: ServerMessageBody): ServerMessage {
    const { type, ...rest } = body;
    return { type, session_id: this.sessionId, seq: this.#seq++, ...rest } as ServerMessage;
  }
}
