/** Speech for tests: sentences of the golden set with pauses between, as 16-bit PCM at 16 kHz. */
import { readGoldenPcm } from './golden.ts';

export type Sentence = 'speech_calm_m' | 'speech_angry_f' | 'speech_sad_m' | 'speech_happy_f';

const pauseSamples = 16_000;

/** 1 s of faint noise before, between and after the sentences: a recording is never digitally silent. */
export function speech(...sentences: Sentence[]): Int16Array {
  const pcm = sentences.map((name) => readGoldenPcm(name));
  const length = pcm.reduce((sum, samples) => sum + samples.length + pauseSamples, pauseSamples);
  const all = new Int16Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    all[i] = 20 * (state / 2 ** 32 - 0.5);
  }
  let at = pauseSamples;
  for (const samples of pcm) {
    all.set(samples, at);
    at += samples.length + pauseSamples;
  }
  return all;
}

export function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Length of one-channel bytes, rounded as the protocol does. */
export function seconds(bytes: Uint8Array): number {
  return Math.round(bytes.length / 32) / 1000;
}

/** Two channels of the length of the shorter one. */
export function interleave(left: Int16Array, right: Int16Array): Int16Array {
  const length = Math.min(left.length, right.length);
  const both = new Int16Array(2 * length);
  for (let i = 0; i < length; i++) {
    both[2 * i] = left[i]!;
    both[2 * i + 1] = right[i]!;
  }
  return both;
}
