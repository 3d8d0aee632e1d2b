/** Both sides of calls as the telephone network carries them: mu-law at 8 kHz, cut into the frames of a door, without end. */
import { encodeG711, Resampler } from '@undertone/core';
import { loadSpeech } from './load-speech.ts';

/** Somebody speaks most of the time, which costs a server more than a call does. */
function telephoneAudio(): Uint8Array {
  const samples = Float32Array.from(loadSpeech(undefined), (x) => x / 32768);
  return encodeG711(new Resampler(16_000, 8000).process(samples).slice(), 'mulaw');
}

/** Consecutive frames of `frameMs`, whose base64 stands where a media message has it. */
export function twilioPayloads(frameMs: number): string[] {
  const audio = telephoneAudio();
  const bytes = frameMs * 8;
  return Array.from({ length: Math.floor(audio.length / bytes) }, (_, i) =>
    Buffer.from(audio.subarray(i * bytes, (i + 1) * bytes)).toString('base64'),
  );
}

/** Consecutive frames of two channels, the second of which speaks elsewhere in the same audio. */
export function stereoFrames(frameMs: number): Uint8Array[] {
  const audio = telephoneAudio();
  const samples = frameMs * 8;
  const shift = Math.floor(audio.length / 2);
  return Array.from({ length: Math.floor(audio.length / samples) }, (_, frame) => {
    const bytes = new Uint8Array(samples * 2);
    for (let i = 0; i < samples; i++) {
      const at = frame * samples + i;
      bytes[2 * i] = audio[at]!;
      bytes[2 * i + 1] = audio[(at + shift) % audio.length]!;
    }
    return bytes;
  });
}
