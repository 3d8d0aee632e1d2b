/** What every decoder gives, and the mixing that they share. */

import { UndertoneError } from '@undertone/core';

export type AudioFormat = 'wav' | 'flac' | 'opus' | 'mp3' | 'other';

export interface DecodedAudio {
  /** One channel (the mean of all), full scale 1. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
  /** Channels of the file. */
  readonly channels: number;
  readonly format: AudioFormat;
}

/** Mean of channels of equal length. */
export function meanOfChannels(channels: readonly Float32Array[]): Float32Array {
  const [first] = channels;
  if (!first) return new Float32Array(0);
  // Decoders hand out views into memory of their own.
  const mean = first.slice();
  if (channels.length === 1) return mean;
  for (let n = 0; n < mean.length; n++) {
    let sum = 0;
    for (const channel of channels) sum += channel[n]!;
    mean[n] = sum / channels.length;
  }
  return mean;
}

/**
 * What a decoder gives; parsers of damaged files throw errors of any kind.
 * @throws UndertoneError `bad_audio` naming the file
 */
export async function decodedOr<T>(path: string, expected: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new UndertoneError('bad_audio', `${path}: expected ${expected}; found damaged data (${found}).`, {
      cause,
    });
  }
}
