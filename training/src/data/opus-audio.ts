/** Ogg Opus (RFC 7845) by libopus in WebAssembly: always 48 kHz, without the encoder's pre-skip. */
import { UndertoneError } from '@undertone/core';
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { type DecodedAudio, decodedOr, meanOfChannels } from './decoded-audio.ts';

/** @throws UndertoneError `bad_audio` naming the file when it is damaged or empty */
export async function decodeOpus(bytes: Uint8Array, path: string): Promise<DecodedAudio> {
  const decoder = new OggOpusDecoder();
  await decoder.ready;
  try {
    const { channelData, samplesDecoded, sampleRate, errors } = await decodedOr(path, 'Ogg Opus', () =>
      decoder.decodeFile(bytes),
    );
    const problem = errors[0]?.message;
    if (problem !== undefined || samplesDecoded === 0) {
      throw new UndertoneError(
        'bad_audio',
        `${path}: expected Ogg Opus; found ${problem ?? 'no samples'} after ${samplesDecoded} samples.`,
      );
    }
    return {
      samples: meanOfChannels(channelData),
      sampleRateHz: sampleRate,
      channels: channelData.length,
      format: 'opus',
    };
  } finally {
    decoder.free();
  }
}
