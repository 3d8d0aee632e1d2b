/** Endless speech for load: a recording, or the sentences of the golden set, repeated from some offset. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wavefile from 'wavefile';
import { speech } from '../support/speech.ts';
import type { LoadPlan } from './load-plan.ts';
import { seededRandom } from './seeded-random.ts';

const demoCall = fileURLToPath(new URL('../../demo/call.wav', import.meta.url));

/** 16-bit samples at 16 kHz; the channels of a recording are mixed, so that somebody speaks most of the time. */
export function loadSpeech(path: string | undefined): Int16Array {
  const file = path ?? (existsSync(demoCall) ? demoCall : undefined);
  if (!file) return speech('speech_calm_m', 'speech_angry_f', 'speech_sad_m', 'speech_happy_f');
  const wav = new wavefile.WaveFile(new Uint8Array(readFileSync(file)));
  const { sampleRate } = wav.fmt as { sampleRate: number };
  const bits = wav.bitDepth;
  if (bits === '8m') wav.fromMuLaw();
  else if (bits === '8a') wav.fromALaw();
  else if (bits !== '16') wav.toBitDepth('16');
  if (sampleRate !== 16_000) wav.toSampleRate(16_000);
  const samples = wav.getSamples(false, Int16Array as never) as unknown as Int16Array | Int16Array[];
  if (!Array.isArray(samples)) return samples;
  return samples[0]!.map((value, i) =>
    Math.max(
      -32_768,
      Math.min(
        32_767,
        samples.reduce((sum, channel) => sum + channel[i]!, value - samples[0]![i]!),
      ),
    ),
  );
}

/** `seconds` of `samples`, repeated, from `offset` on. */
export function loopFrom(samples: Int16Array, offset: number, seconds: number): Uint8Array {
  const out = new Int16Array(seconds * 16_000);
  for (let i = 0; i < out.length; i++) out[i] = samples[(offset + i) % samples.length]!;
  return new Uint8Array(out.buffer);
}

/** The same pieces for every run with the same speech. */
export function piecesOf(plan: Pick<LoadPlan, 'wav' | 'variants' | 'seconds'>): Uint8Array[] {
  const samples = loadSpeech(plan.wav);
  const random = seededRandom(1);
  return Array.from({ length: plan.variants }, () =>
    loopFrom(samples, Math.floor(random() * samples.length), plan.seconds),
  );
}
