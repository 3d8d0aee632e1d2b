/** From the names of the protocol to those of the recogniser. */
import type { Manifest, StreamChange } from '@undertone/core';
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

/**
 * The pause that ends a segment, which the recogniser counts in steps of the model.
 * @returns samples at 16 kHz
 */
export function pauseSamples(
  { manifest: { features }, stepFrames }: { readonly manifest: Manifest; readonly stepFrames: number },
  endpointingMs: number,
): number {
  const stepMs = (1000 * stepFrames * features.hopSamples) / features.sampleRate;
  return Math.max(1, Math.round(endpointingMs / stepMs)) * stepMs * 16;
}
