/** Cuts audio into the packets in which it is sent. */
import { bytesPerSample } from '@undertone/core';
import type { WavAudio } from './read-wav.ts';

/** Whole sample frames; the last packet may be shorter. */
export function* packets(audio: WavAudio, packetMs: number): Generator<Uint8Array> {
  const frameBytes = bytesPerSample[audio.encoding] * audio.channels;
  const packetBytes = Math.max(1, Math.round((packetMs * audio.sampleRateHz) / 1000)) * frameBytes;
  for (let start = 0; start < audio.bytes.length; start += packetBytes) {
    yield audio.bytes.subarray(start, start + packetBytes);
  }
}

/** Seconds of a number of bytes of this audio. */
export function secondsOf(audio: WavAudio, byteLength: number): number {
  return byteLength / (bytesPerSample[audio.encoding] * audio.channels * audio.sampleRateHz);
}
