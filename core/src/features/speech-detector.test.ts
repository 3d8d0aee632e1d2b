import { describe, expect, it } from 'vitest';
import { readGoldenCsv, readGoldenWav } from '../../../test/support/golden.ts';
import { defaultFeatureConfig, rawFrameSize } from './feature-config.ts';
import { RawSignalPath, SignalKernel } from './signal-path.ts';
import { SpeechDetector } from './speech-detector.ts';

const rawSize = rawFrameSize(defaultFeatureConfig);
const kernel = new SignalKernel(defaultFeatureConfig);

/** Speech probability of every frame. */
function probabilities(samples: Float32Array): number[] {
  const raw = new RawSignalPath(kernel).accept(samples).slice();
  const detector = new SpeechDetector(defaultFeatureConfig);
  return Array.from({ length: raw.length / rawSize }, (_, t) => detector.accept(raw, t * rawSize));
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Decisions of Silero VAD (mean of two versions at 0.5) beside the probabilities at the same time. */
function besideSilero(name: string, gain = 1): { probability: number; speech: boolean }[] {
  const found = probabilities(readGoldenWav(name).map((x) => x * gain));
  const table = readGoldenCsv(`vad/${name}.silero.csv`);
  const [v5, v6] = [table.column('silero_v5_prob'), table.column('silero_v6_prob')];
  return Array.from(table.column('start_sample'), (start, i) => {
    // The last frame that lies within the 512 samples that Silero judges.
    const frame = Math.max(0, Math.min(found.length - 1, Math.floor((start + 512 - 400) / 160)));
    return { probability: found[frame]!, speech: (v5[i]! + v6[i]!) / 2 >= 0.5 };
  });
}

/** Area under the ROC curve: how often a speech frame has a greater probability than another one. */
function auc(judged: readonly { probability: number; speech: boolean }[]): number {
  const [yes, no] = [true, false].map((is) => judged.filter(({ speech }) => speech === is));
  let right = 0;
  for (const a of yes!)
    for (const b of no!)
      right += a.probability > b.probability ? 1 : a.probability === b.probability ? 0.5 : 0;
  return right / (yes!.length * no!.length);
}

const voices = ['speech_calm_m', 'speech_angry_f', 'speech_sad_m', 'speech_happy_f', 'phone'];

describe('SpeechDetector', () => {
  it('agrees with Silero VAD on voices, noise and silence, whatever the gain', () => {
    for (const gain of [1, 0.25, 4]) {
      const judged = [...voices, 'noise', 'silence', 'impulse', 'dc'].flatMap((name) =>
        besideSilero(name, gain),
      );
      expect(auc(judged), `gain ${gain}`).toBeGreaterThan(0.95);
    }
  });

  it('hears most of a voice as speech, and no noise, silence, click or steady tone', () => {
    for (const name of voices) expect(mean(probabilities(readGoldenWav(name))), name).toBeGreaterThan(0.6);
    // `clipped` is a steady tone with harmonics.
    for (const name of ['noise', 'silence', 'impulse', 'dc', 'clipped'])
      expect(mean(probabilities(readGoldenWav(name))), name).toBeLessThan(0.1);
  });

  it('notices that a voice ended within half a second', () => {
    const voice = readGoldenWav('speech_happy_f');
    const samples = new Float32Array(voice.length + 16_000);
    samples.set(voice);
    const found = probabilities(samples);
    expect(found[Math.floor(voice.length / 160) + 50]).toBeLessThan(0.3);
  });
});
