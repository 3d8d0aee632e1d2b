/** How what an input is and what the options say about the audio go together. */
import { UndertoneError } from '@undertone/core';
import { tagLimits } from '@undertone/proto';
import type { AudioFormat, AudioInput } from './audio-input.ts';
import type { RecognizerOptions } from './recognizer-options.ts';
import { resolveStreamQuery } from './stream-query.ts';

/**
 * The options with what the input says and they do not: its format, and what its device was asked for and granted, as
 * metadata `capture.NAME` where the program's own leaves room.
 * @throws UndertoneError `bad_parameter` where they contradict each other
 */
export function withInput(options: RecognizerOptions, input: AudioInput): RecognizerOptions {
  const { format, settings } = input;
  const metadata: Record<string, string> = { ...options.metadata };
  for (const [name, value] of Object.entries(settings)) {
    const key = `capture.${name}`;
    if (Object.keys(metadata).length < tagLimits.keys) metadata[key] ??= value.slice(0, tagLimits.characters);
  }
  const merged = {
    ...options,
    encoding: options.encoding ?? format.encoding,
    sampleRateHz: options.sampleRateHz ?? format.sampleRateHz,
    channels: options.channels ?? format.channels,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
  expectFormat(merged, format);
  return merged;
}

/**
 * Encodings may differ where the input gives samples and not bytes, which is seen when they come.
 * @throws UndertoneError `bad_parameter`
 */
export function expectFormat(options: RecognizerOptions, { sampleRateHz, channels }: AudioFormat): void {
  const query = resolveStreamQuery(options);
  if (query.sample_rate === sampleRateHz && query.channels === channels) return;
  const expected = `Expected an input of ${query.sample_rate} Hz and ${query.channels} channels, as the stream has`;
  const found = `${sampleRateHz} Hz and ${channels}`;
  throw new UndertoneError(
    'bad_parameter',
    `${expected} (leave the options out to take those of the input); got ${found}.`,
  );
}
