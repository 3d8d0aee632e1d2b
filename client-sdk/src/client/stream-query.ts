/** From the options of a source to the parameters of the protocol. */
import { UndertoneError } from '@undertone/core';
import { buildStreamQuery, ProtocolError, parseStreamQuery, type StreamQuery } from '@undertone/proto';
import type { EmotionSourceOptions } from './emotion-source.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Only what was given: the rest is for the other side to choose. */
export function toStreamQuery(options: EmotionSourceOptions): Partial<StreamQuery> {
  const query: Writable<Partial<StreamQuery>> = {};
  if (options.encoding !== undefined) query.encoding = options.encoding;
  if (options.sampleRateHz !== undefined) query.sample_rate = options.sampleRateHz;
  if (options.channels !== undefined) query.channels = options.channels;
  if (options.channelRoles !== undefined) query.channel_roles = [...options.channelRoles];
  if (options.analyze !== undefined) query.analyze = [...options.analyze];
  if (options.intervalMs !== undefined) query.interval_ms = options.intervalMs;
  if (options.windowMs !== undefined) query.window_ms = options.windowMs;
  if (options.endpointingMs !== undefined) query.endpointing_ms = options.endpointingMs;
  if (options.interimResults !== undefined) query.interim_results = options.interimResults;
  if (options.vadEvents !== undefined) query.vad_events = options.vadEvents;
  if (options.labels !== undefined) query.labels = options.labels;
  if (options.dimensions !== undefined) query.dimensions = options.dimensions;
  if (options.trendIntervalMs !== undefined) query.trend_interval_ms = options.trendIntervalMs;
  if (options.consent !== undefined) query.consent = options.consent;
  if (options.purpose !== undefined) query.purpose = options.purpose;
  if (options.tag !== undefined) query.tag = options.tag;
  if (options.metadata !== undefined) query.metadata = { ...options.metadata };
  return query;
}

/**
 * The whole configuration, checked and completed exactly as a server does it.
 * @throws UndertoneError `bad_parameter`
 */
export function resolveStreamQuery(options: EmotionSourceOptions): StreamQuery {
  try {
    return parseStreamQuery(new URLSearchParams(buildStreamQuery(toStreamQuery(options))));
  } catch (error) {
    if (error instanceof ProtocolError) throw new UndertoneError(error.code, error.message, { cause: error });
    throw error;
  }
}
