/** FLAC (RFC 9639) by libFLAC in WebAssembly. */
import { UndertoneError } from '@undertone/core';
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { type DecodedAudio, decodedOr, meanOfChannels } from './decoded-audio.ts';

/** @throws UndertoneError `bad_audio` naming the file when it is damaged or shorter than its header says */
export async function decodeFlac(bytes: Uint8Array, path: string): Promise<DecodedAudio> {
  const decoder = new FLACDecoder();
  await decoder.ready;
  try {
    const { channelData, samplesDecoded, sampleRate, errors } = await decodedOr(path, 'FLAC', () =>
      decoder.decodeFile(bytes),
    );
    const announced = announcedSamples(bytes);
    const problem = errors[0]?.message;
    if (problem !== undefined || samplesDecoded === 0 || samplesDecoded < announced) {
      throw new UndertoneError(
        'bad_audio',
        `${path}: expected FLAC with ${announced > 0 ? announced : 'some'} samples; found ${samplesDecoded}${problem === undefined ? '' : ` (${problem})`}.`,
      );
    }
    return {
      samples: meanOfChannels(channelData),
      sampleRateHz: sampleRate,
      channels: channelData.length,
      format: 'flac',
    };
  } finally {
    decoder.free();
  }
}

/** Total samples by STREAMINFO (36 bits, RFC 9639 section 8.2); 0 when the encoder did not know. */
function announcedSamples(bytes: Uint8Array): number {
  if (bytes.length < 26) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (view.getUint8(21) & 15) * 2 ** 32 + view.getUint32(22);
}
