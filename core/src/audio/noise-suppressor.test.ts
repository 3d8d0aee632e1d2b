import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exponentialIntegral, logAmplitudeGain } from './log-amplitude-gain.ts';
import { MinimumStatistics } from './minimum-statistics.ts';
import { defaultSuppressorConfig, NoiseSuppressor, SuppressorKernel } from './noise-suppressor.ts';

const kernel = new SuppressorKernel(defaultSuppressorConfig);

/** Samples of a 16-bit mono WAV file with a plain header. */
function golden(name: string): Float32Array {
  const bytes = readFileSync(new URL(`../../../test/golden/wav/${name}.wav`, import.meta.url));
  return Float32Array.from(
    { length: (bytes.length - 44) / 2 },
    (_, n) => bytes.readInt16LE(44 + 2 * n) / 32768,
  );
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Noise of power 1, white or with a fan's hum and falling spectrum. */
function noise(kind: 'white' | 'fan', length: number, seed: number): Float32Array {
  const random = generator(seed);
  let low = 0;
  const out = Float32Array.from({ length }, (_, n) => {
    const white = random() * 2 - 1;
    if (kind === 'white') return white;
    low += 0.1 * (white - low);
    return low + 0.2 * Math.sin(0.0184 * n) + 0.1 * Math.sin(0.0368 * n);
  });
  const scale = 1 / Math.sqrt(power(out, 0, length));
  return out.map((x) => scale * x);
}

function power(samples: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let n = start; n < end; n++) sum += samples[n]! * samples[n]!;
  return sum / (end - start);
}

function suppress(samples: Float32Array, packet: number = samples.length): Float32Array {
  const stage = new NoiseSuppressor(kernel);
  const out = new Float32Array(samples.length);
  let at = 0;
  const put = (part: Float32Array): void => {
    out.set(part, at);
    at += part.length;
  };
  for (let from = 0; from < samples.length; from += packet) {
    put(stage.process(samples.subarray(from, from + packet)));
  }
  put(stage.flush());
  expect(at).toBe(samples.length);
  return out;
}

/** Speech with pauses, three times the four golden sentences at one level; 30 s. */
const speech = ((): Float32Array => {
  const names = ['speech_calm_m', 'speech_angry_f', 'speech_happy_f', 'speech_sad_m'];
  const sentences = [...names, ...names, ...names].map((name) => {
    const samples = golden(name);
    const scale = 0.05 / Math.sqrt(power(samples, 0, samples.length));
    return samples.map((x) => scale * x);
  });
  const all = new Float32Array(sentences.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const sentence of sentences) {
    all.set(sentence, at);
    at += sentence.length;
  }
  return all;
})();

/** Mean over 20 ms blocks with speech of the ratio of speech to error in dB, each within [-10, 35]. */
function segmentalSnrDb(clean: Float32Array, heard: Float32Array, from = 0): number {
  const block = 320;
  const least = power(clean, 0, clean.length) / 100;
  let sum = 0;
  let count = 0;
  for (let at = from; at + block <= clean.length; at += block) {
    const signal = power(clean, at, at + block);
    if (signal < least) continue;
    let error = 0;
    for (let n = at; n < at + block; n++) error += (clean[n]! - heard[n]!) ** 2 / block;
    sum += Math.max(-10, Math.min(35, 10 * Math.log10(signal / (error + 1e-12))));
    count++;
  }
  return sum / count;
}

function noisy(kind: 'white' | 'fan', snrDb: number): Float32Array {
  const scale = 0.05 * 10 ** (-snrDb / 20);
  const background = noise(kind, speech.length, 3);
  return speech.map((x, n) => x + scale * background[n]!);
}

describe('logAmplitudeGain', () => {
  it('rests on the exponential integral as it is tabulated (Abramowitz and Stegun, table 5.1)', () => {
    const values = [
      [0.01, 4.037929577],
      [0.5, 0.5597735948],
      [1, 0.2193839344],
      [2, 0.0489005107],
      [10, 4.15696893e-6],
    ] as const;
    for (const [v, e1] of values) expect(exponentialIntegral(v) / e1).toBeCloseTo(1, 8);
  });

  it('is the formula of Ephraim and Malah, and at most 1', () => {
    for (const xi of [0.003, 0.1, 1, 10, 300]) {
      for (const gamma of [1e-4, 0.03, 0.7, 1, 5, 40, 900]) {
        const v = (xi * gamma) / (1 + xi);
        const exact = (xi / (1 + xi)) * Math.exp(exponentialIntegral(v) / 2);
        expect(logAmplitudeGain(xi, gamma)).toBeCloseTo(Math.min(1, exact), 5);
      }
    }
  });
});

describe('MinimumStatistics', () => {
  const bins = 64;
  /** Power spectra of complex noise: exponentially distributed. */
  function frame(random: () => number, level: number): Float64Array {
    return Float64Array.from({ length: bins }, () => -level * Math.log(random() + 1e-12));
  }
  function meanDb(values: Float64Array): number {
    return 10 * Math.log10(values.reduce((sum, x) => sum + x, 0) / values.length);
  }

  it('finds the power of steady noise', () => {
    const random = generator(1);
    const tracker = new MinimumStatistics(bins);
    for (let t = 0; t < 400; t++) tracker.accept(frame(random, 0.01));
    expect(Math.abs(meanDb(tracker.noise) + 20)).toBeLessThan(1);
  });

  it('follows a background that rises within three seconds, and one that falls at once', () => {
    const random = generator(2);
    const tracker = new MinimumStatistics(bins);
    for (let t = 0; t < 200; t++) tracker.accept(frame(random, 0.01));
    for (let t = 0; t < 190; t++) tracker.accept(frame(random, 0.1));
    expect(Math.abs(meanDb(tracker.noise) + 10)).toBeLessThan(1.5);
    for (let t = 0; t < 60; t++) tracker.accept(frame(random, 0.001));
    expect(Math.abs(meanDb(tracker.noise) + 30)).toBeLessThan(2);
  });

  it('does not take words for background', () => {
    const random = generator(3);
    const tracker = new MinimumStatistics(bins);
    for (let t = 0; t < 600; t++) tracker.accept(frame(random, t % 40 < 25 ? 1 : 0.01));
    expect(meanDb(tracker.noise)).toBeLessThan(-16);
  });
});

describe('NoiseSuppressor', () => {
  it.each([
    ['white', 10, 3],
    ['white', 0, 3.5],
    ['fan', 10, 2.5],
    ['fan', 0, 3],
  ] as const)('brings speech in %s noise at %i dB nearer to the speech by %f dB', (kind, snrDb, gainDb) => {
    const mixed = noisy(kind, snrDb);
    const before = segmentalSnrDb(speech, mixed, 32000);
    const after = segmentalSnrDb(speech, suppress(mixed), 32000);
    expect(after - before).toBeGreaterThan(gainDb);
  });

  it('leaves clean speech as it is', () => {
    expect(segmentalSnrDb(speech, suppress(speech))).toBeGreaterThan(25);
  });

  it('takes the configured amount from noise alone, and nothing from silence', () => {
    const background = noise('white', 80000, 4).map((x) => 0.01 * x);
    const out = suppress(background);
    const leftDb = 10 * Math.log10(power(out, 48000, 80000) / power(background, 48000, 80000));
    expect(leftDb).toBeLessThan(-8);
    expect(leftDb).toBeGreaterThan(-defaultSuppressorConfig.maxAttenuationDb - 0.5);
    expect(suppress(new Float32Array(5000)).every((x) => x === 0)).toBe(true);
  });

  it('gives the same bits for packets of any size', () => {
    const mixed = noisy('fan', 5).subarray(0, 50001);
    const whole = suppress(mixed);
    for (const packet of [1, 160, 255, 256, 257, 3001]) {
      const pieces = suppress(mixed, packet);
      expect(Buffer.from(pieces.buffer).equals(Buffer.from(whole.buffer)), `${packet}`).toBe(true);
    }
  });

  it('returns as many samples as it got, each at most 32 ms later', () => {
    for (const length of [0, 1, 255, 256, 257, 511, 512, 513, 1000]) {
      const ramp = Float32Array.from({ length }, (_, n) => 0.1 * Math.sin(0.3 * n));
      expect(suppress(ramp).length).toBe(length);
    }
    const stage = new NoiseSuppressor(kernel);
    let sent = 0;
    let received = 0;
    for (let i = 0; i < 100; i++) {
      sent += 160;
      received += stage.process(speech.subarray(sent - 160, sent)).length;
      expect(sent - received).toBeLessThan(512);
    }
  });

  it('is not harmed by samples that are no numbers', () => {
    const bad = speech.slice(0, 64000);
    bad.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 20000);
    const out = suppress(bad);
    expect(out.every(Number.isFinite)).toBe(true);
    expect(segmentalSnrDb(speech.subarray(0, 64000), out, 24000)).toBeGreaterThan(20);
  });

  it('keeps the streams of one kernel apart', () => {
    const [a, b] = [noisy('white', 5).subarray(0, 20000), noisy('fan', 5).subarray(0, 20000)];
    const [alone, first, second] = [
      suppress(a, 700),
      new NoiseSuppressor(kernel),
      new NoiseSuppressor(kernel),
    ];
    const mixed: number[] = [];
    for (let at = 0; at < 20000; at += 700) {
      mixed.push(...first.process(a.subarray(at, at + 700)));
      second.process(b.subarray(at, at + 700));
    }
    expect(mixed).toEqual([...alone.subarray(0, mixed.length)]);
  });

  it('refuses numbers out of range', () => {
    expect(() => new SuppressorKernel({ ...defaultSuppressorConfig, smoothing: 1 })).toThrow('smoothing');
    expect(() => new SuppressorKernel({ ...defaultSuppressorConfig, maxAttenuationDb: 0 })).toThrow(
      '[1, 40]',
    );
  });
});
