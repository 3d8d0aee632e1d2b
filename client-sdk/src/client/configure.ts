/** What may change of a running stream, and the answers to it. */
import type { UndertoneError } from '@undertone/core';
import type { ConfigureMessage, ServerMessage, StreamConfig } from '@undertone/proto';
import { Deferred } from './deferred.ts';
import type { EmotionSourceOptions } from './emotion-source.ts';
import { toUndertoneError } from './server-error.ts';

/** Options that may change while the stream runs; those left out stay as they are. */
export type StreamChanges = Pick<
  EmotionSourceOptions,
  | 'intervalMs'
  | 'windowMs'
  | 'endpointingMs'
  | 'interimResults'
  | 'vadEvents'
  | 'labels'
  | 'dimensions'
  | 'trendIntervalMs'
  | 'analyze'
  | 'consent'
>;

export function toConfigureMessage(changes: StreamChanges): ConfigureMessage {
  const { intervalMs, windowMs, endpointingMs, interimResults, vadEvents, trendIntervalMs } = changes;
  const { labels, dimensions, analyze, consent } = changes;
  return {
    type: 'Configure',
    ...(intervalMs === undefined ? {} : { interval_ms: intervalMs }),
    ...(windowMs === undefined ? {} : { window_ms: windowMs }),
    ...(endpointingMs === undefined ? {} : { endpointing_ms: endpointingMs }),
    ...(interimResults === undefined ? {} : { interim_results: interimResults }),
    ...(vadEvents === undefined ? {} : { vad_events: vadEvents }),
    ...(trendIntervalMs === undefined ? {} : { trend_interval_ms: trendIntervalMs }),
    ...(labels === undefined ? {} : { labels }),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(analyze === undefined ? {} : { analyze: [...analyze] }),
    ...(consent === undefined ? {} : { consent }),
  };
}

export function isConfigureAnswer(message: ServerMessage): boolean {
  // The other error that is not fatal comes at the very end.
  const isRefusal = message.type === 'Error' && !message.fatal && message.code !== 'bad_audio';
  return isRefusal || message.type === 'Configured';
}

/** Answers come in the order of the questions. */
export class ConfigureAnswers {
  readonly #waiting: Deferred<StreamConfig>[] = [];

  next(): Promise<StreamConfig> {
    const answer = new Deferred<StreamConfig>();
    this.#waiting.push(answer);
    return answer.promise;
  }

  hear(message: ServerMessage): void {
    if (message.type === 'Configured') this.#waiting.shift()?.resolve(message.config);
    else if (message.type === 'Error' && isConfigureAnswer(message))
      this.#waiting.shift()?.reject(toUndertoneError(message));
  }

  end(error: UndertoneError): void {
    for (const answer of this.#waiting.splice(0)) answer.reject(error);
  }
}
