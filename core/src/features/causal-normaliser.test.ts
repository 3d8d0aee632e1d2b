import { describe, expect, it } from 'vitest';
import { CausalNormaliser, modelFrameSize, type NormalisationConfig } from './causal-normaliser.ts';
import { defaultFeatureConfig } from './feature-config.ts';

const bands = 64;
const size = bands + 2;
const outSize = modelFrameSize(defaultFeatureConfig);
const mean: NormalisationConfig = {
  kind: 'causal-mean',
  priorFrames: 2,
  maxFrames: 1000,
  priorMean: new Array<number>(bands).fill(-6),
  scale: 4,
  priorLogF0: 7,
  priorVoicedFrames: 1,
};
const level: NormalisationConfig = {
  ...mean,
  kind: 'causal-level',
  priorMean: new Array<number>(bands).fill(-5),
  level: { floor: new Array<number>(bands).fill(-8), lead: 5.8, voicedFrames: 3, memoryFrames: 1000 },
};

/** Half a second of pause, a second of voice with a spectrum, and a pause again. */
function call(pauseLog: number): Float32Array {
  const frames = 200;
  const raw = new Float32Array(frames * size);
  for (let t = 0; t < frames; t++) {
    const isSpeech = t >= 50 && t < 150;
    for (let b = 0; b < bands; b++) {
      raw[t * size + b] = isSpeech ? -3 + Math.sin(b / 5) + Math.sin(t / 7) : pauseLog;
    }
    if (isSpeech) raw.set([140 + 20 * Math.sin(t / 9), 0.9], t * size + bands);
  }
  return raw;
}

function normalise(raw: Float32Array, config: NormalisationConfig, packet = 1000): Float32Array {
  const normaliser = new CausalNormaliser(defaultFeatureConfig, config);
  const frames = raw.length / size;
  const out = new Float32Array(frames * outSize);
  for (let t = 0; t < frames; t += packet) {
    const count = Math.min(packet, frames - t);
    normaliser.process(raw.subarray(t * size, (t + count) * size), count, out, t * outSize);
  }
  return out;
}

function farthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

describe('CausalNormaliser, causal-mean', () => {
  it('centres on the running mean with its prior, the frame itself included', () => {
    const raw = new Float32Array(2 * size).fill(-3, 0, bands).fill(0, size, size + bands);
    const out = normalise(raw, mean);
    // (2 x -6 - 3) / 3 = -5, then (3 x -5 + 0) / 4 = -3.75.
    expect(out[0]).toBeCloseTo((-3 + 5) / 4, 6);
    expect(out[outSize]).toBeCloseTo(3.75 / 4, 6);
  });
});

describe('CausalNormaliser, causal-level', () => {
  it('gives the same at every gain', () => {
    const raw = call(-11);
    const louder = raw.map((x, i) => (i % size < bands ? x + 2.76 : x));
    expect(farthest(normalise(louder, level), normalise(raw, level))).toBeLessThan(1e-5);
    expect(farthest(normalise(louder, mean), normalise(raw, mean))).toBeGreaterThan(0.1);
  });

  it('hides how silent the pauses between speech are', () => {
    const after = (raw: Float32Array, config: NormalisationConfig) =>
      normalise(raw, config).slice(150 * outSize);
    const deep = after(call(-13.8), level);
    const shallow = after(call(-12), level);
    expect(farthest(deep, shallow)).toBeLessThan(
      0.25 * farthest(after(call(-13.8), mean), after(call(-12), mean)),
    );
  });

  it('gives the same in packets of any size', () => {
    const raw = call(-11);
    for (const packet of [1, 3, 64])
      expect(farthest(normalise(raw, level, packet), normalise(raw, level))).toBe(0);
  });

  it('passes on the pitch of speech, and none of what lies 25 dB under it', () => {
    const raw = call(-11);
    const hum = raw.slice();
    for (let t = 160; t < 200; t++) hum.set([100, 0.8], t * size + bands);
    const found = normalise(hum, level);
    const expected = normalise(raw, mean);
    for (let t = 0; t < 200; t++) {
      const from = t * outSize + bands;
      for (let i = 0; i < 3; i++) {
        if (t < 50 || t >= 56) expect(found[from + i]).toBeCloseTo(expected[from + i]!, 6);
      }
    }
  });

  it('stays finite in endless silence', () => {
    const silence = new Float32Array(3000 * size).fill(Math.log(1e-6));
    for (let t = 0; t < 3000; t++) silence.fill(0, t * size + bands, (t + 1) * size);
    expect(normalise(silence, level).every(Number.isFinite)).toBe(true);
  });
});

describe('the shift of what was heard from the training corpus', () => {
  const shiftOf = (config: NormalisationConfig, frames: number, log: number, f0Hz: number) => {
    const normaliser = new CausalNormaliser(defaultFeatureConfig, config);
    const raw = new Float32Array(frames * size);
    for (let t = 0; t < frames; t++) {
      raw.fill(log, t * size, t * size + bands);
      raw.set([f0Hz, 0.9], t * size + bands);
    }
    normaliser.process(raw, frames, new Float32Array(frames * outSize));
    return normaliser.shift;
  };

  it('is that of the means alone, whatever the weight of the prior', () => {
    for (const priorFrames of [1, 100]) {
      const shift = shiftOf({ ...mean, priorFrames, priorVoicedFrames: priorFrames }, 200, -4, 256);
      // Bands are 2 above the mean of -6, over a scale of 4; log2 of 256 is one above 7.
      expect(shift?.spectrum).toBeCloseTo(0.5, 6);
      expect(shift?.pitch).toBeCloseTo(1, 6);
    }
  });

  it('is nothing for what sounds like the corpus, and unknown without voice', () => {
    const shift = shiftOf(mean, 200, -6, 128);
    expect(shift?.spectrum).toBeCloseTo(0, 6);
    expect(shift?.pitch).toBeCloseTo(0, 6);
    expect(shiftOf(mean, 200, -6, 0)).toBeNull();
    expect(shiftOf(mean, 49, -6, 128)).toBeNull();
  });

  it('does not depend on the gain, with a level', () => {
    const [loud, faint] = [0, -3].map((gain) => {
      const raw = call(-12).map((x, i) => (i % size < bands ? x + gain : x));
      const normaliser = new CausalNormaliser(defaultFeatureConfig, level);
      normaliser.process(raw, 200, new Float32Array(200 * outSize));
      return normaliser.shift!;
    });
    expect(faint!.spectrum).toBeCloseTo(loud!.spectrum, 4);
    expect(loud!.spectrum).toBeGreaterThan(0.01);
  });
});
