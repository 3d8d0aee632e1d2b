/** From the names of the protocol to those of the recogniser. */
import type { StreamChange } from '@undertone/core';
import type { StreamConfig } from '@undertone/proto';

/** What a stream may change while it runs. */
export function recognitionSettings(config: StreamConfig): Omit<StreamChange, 'analysed'> {
  return {
    intervalMs: config.interval_ms,
    windowMs: config.window_ms,
    endpointingMs: config.endpointing_ms,
    interimResults: config.interim_results,
    trendMs: config.trend_interval_ms,
  };
}
