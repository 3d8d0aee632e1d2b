/** Tiny corpora of synthetic voices, for tests of training: nothing but sums of harmonics and a little noise. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import wavefile from 'wavefile';

const sampleRateHz = 16000;

/** Deterministic noise in [-1, 1). */
function noiseSource(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2147483648 - 1;
  };
}

/** A pause, `voicedS` of a harmonic tone with falling harmonics, a pause; over faint noise. */
export function syntheticVoice(f0Hz: number, voicedS: number, seed = 1, pauseS = 0.3): Float32Array {
  const noise = noiseSource(seed);
  const length = Math.round((voicedS + 2 * pauseS) * sampleRateHz);
  return Float32Array.from({ length }, (_, n) => {
    const t = n / sampleRateHz - pauseS;
    let sample = 0.0005 * noise();
    if (t >= 0 && t < voicedS) {
      for (let h = 1; h * f0Hz < 4000; h++) sample += (0.2 / h) * Math.sin(2 * Math.PI * h * f0Hz * t);
    }
    return sample;
  });
}

/** 16-bit PCM. */
export function writeWav(path: string, samples: Float32Array, rateHz: number = sampleRateHz): void {
  const wav = new wavefile.WaveFile();
  const integers = Int16Array.from(samples, (x) => Math.max(-32768, Math.min(32767, Math.round(x * 32768))));
  wav.fromScratch(1, rateHz, '16', integers);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, wav.toBuffer());
}

const emotions = ['ANG', 'DIS', 'FEA', 'HAP', 'NEU', 'SAD'] as const;

/**
 * A folder laid out as CREMA-D: actors from 1001 on, one clip of each emotion and sentence, with its own F0 for each
 * emotion; odd actors male.
 */
export function writeSyntheticCremaD(
  folder: string,
  actors: number,
  sentences: readonly string[] = ['DFA'],
): void {
  const sexes = ['ActorID,Age,Sex,Race,Ethnicity'];
  for (let actor = 1001; actor < 1001 + actors; actor++) {
    sexes.push(`${actor},30,${actor % 2 === 1 ? 'Male' : 'Female'},,`);
    for (const [i, emotion] of emotions.entries()) {
      for (const [j, sentence] of sentences.entries()) {
        const samples = syntheticVoice(110 + 40 * i + (actor % 7), 0.8 + 0.1 * j, actor * 100 + i * 10 + j);
        writeWav(join(folder, 'AudioWAV', `${actor}_${sentence}_${emotion}_XX.wav`), samples);
      }
    }
  }
  writeFileSync(join(folder, 'VideoDemographics.csv'), `${sexes.join('\n')}\n`);
}
