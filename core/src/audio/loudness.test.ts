import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { integratedLoudness } from './integrated-loudness.ts';
import { kWeighting } from './loudness-blocks.ts';
import { defaultLoudnessConfig, LoudnessNormaliser } from './loudness-normaliser.ts';

/** Integrated loudness in LUFS by the filter `ebur128` of ffmpeg 5.1.9, which prints one decimal. */
const ffmpegLufs: Readonly<Record<string, number>> = {
  clipped: -2.0,
  dc: -46.2,
  impulse: -35.3,
  noise: -14.3,
  phone: -18.6,
  speech_angry_f: -13.9,
  speech_calm_m: -25.0,
  speech_happy_f: -17.6,
  speech_sad_m: -30.7,
  sweep: -8.9,
  vibrato: -13.0,
};

/** Samples of a 16-bit mono WAV file with a plain header. */
function golden(name: string): Float32Array {
  const bytes = readFileSync(new URL(`../../../test/golden/wav/${name}.wav`, import.meta.url));
  return Float32Array.from(
    { length: (bytes.length - 44) / 2 },
    (_, n) => bytes.readInt16LE(44 + 2 * n) / 32768,
  );
}

function sine(hz: number, seconds: number, amplitude: number, sampleRateHz = 16000): Float32Array {
  return Float32Array.from(
    { length: seconds * sampleRateHz },
    (_, n) => amplitude * Math.sin((2 * Math.PI * hz * n) / sampleRateHz),
  );
}

function joined(...parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function repeated(samples: Float32Array, times: number): Float32Array {
  return joined(...Array.from({ length: times }, () => samples));
}

function inPackets(stage: LoudnessNormaliser, samples: Float32Array, packet: number): Float32Array {
  const out: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += packet) {
    out.push(stage.process(samples.subarray(at, at + packet)).slice());
  }
  out.push(stage.flush().slice());
  return joined(...out);
}

describe('integratedLoudness', () => {
  it.each(Object.entries(ffmpegLufs))('agrees with ffmpeg on %s', (name, lufs) => {
    expect(Math.abs(integratedLoudness(golden(name)) - lufs)).toBeLessThanOrEqual(0.1);
  });

  it('reads -3.01 LUFS for a sine of about 1 kHz at full scale, at any rate', () => {
    for (const rate of [16000, 44100, 48000]) {
      expect(integratedLoudness(sine(997, 2, 1, rate), rate)).toBeCloseTo(-3.01, 1);
    }
  });

  it('has the filters that the standard tabulates for 48 kHz', () => {
    const [shelf, highPass] = kWeighting(48000);
    const flat = [...shelf.b, ...shelf.a, ...highPass.a];
    const table = [
      1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585,
      -1.99004745483398, 0.99007225036621,
    ];
    for (const [i, value] of table.entries()) expect(flat[i]).toBeCloseTo(value, 7);
  });

  it('leaves out what lies 10 LU under the rest, and silence altogether', () => {
    const loud = sine(997, 3, 0.1);
    const mixed = joined(loud, sine(997, 3, 0.01), new Float32Array(32000));
    expect(integratedLoudness(mixed)).toBeCloseTo(integratedLoudness(loud), 0);
    expect(integratedLoudness(new Float32Array(16000))).toBe(Number.NEGATIVE_INFINITY);
    expect(integratedLoudness(new Float32Array(0))).toBe(Number.NEGATIVE_INFINITY);
  });

  it('without weighting is the root mean square of the active part', () => {
    const low = joined(sine(60, 2, 0.5), new Float32Array(16000));
    expect(integratedLoudness(low, 16000, 'none')).toBeCloseTo(20 * Math.log10(0.5 / Math.SQRT2), 0);
  });
});

describe('LoudnessNormaliser', () => {
  const speech = repeated(golden('speech_sad_m'), 4);

  it('brings quiet and loud speech to the target', () => {
    for (const gain of [0.5, 1, 4]) {
      const out = new LoudnessNormaliser(defaultLoudnessConfig).process(speech.map((x) => gain * x));
      const late = out.slice(out.length / 2);
      expect(Math.abs(integratedLoudness(late) - defaultLoudnessConfig.targetDb)).toBeLessThan(1.5);
    }
  });

  it('gives the same bits for packets of any size', () => {
    const whole = inPackets(new LoudnessNormaliser(defaultLoudnessConfig), speech, speech.length);
    expect(whole.length).toBe(speech.length);
    for (const packet of [7, 160, 1601, 4999]) {
      const pieces = inPackets(new LoudnessNormaliser(defaultLoudnessConfig), speech, packet);
      expect(Buffer.from(pieces.buffer).equals(Buffer.from(whole.buffer))).toBe(true);
    }
  });

  it('does not raise steady noise, nor the pauses after speech', () => {
    const noise = Float32Array.from({ length: 64000 }, (_, n) => 0.004 * Math.sin(n * n * 0.37));
    const stage = new LoudnessNormaliser(defaultLoudnessConfig);
    stage.process(noise);
    expect(stage.gain).toBeCloseTo(1, 1);
    stage.process(speech);
    const settled = stage.gain;
    stage.process(noise);
    stage.process(noise);
    expect(20 * Math.abs(Math.log10(stage.gain / settled))).toBeLessThan(1);
  });

  it('changes the gain no faster and no further than allowed', () => {
    const config = { ...defaultLoudnessConfig, maxGainDb: 6, maxSlewDbPerS: 3 };
    const stage = new LoudnessNormaliser(config);
    let before = 1;
    for (let at = 0; at + 1600 <= speech.length; at += 1600) {
      stage.process(speech.subarray(at, at + 1600).map((x) => 0.05 * x));
      expect(Math.abs(20 * Math.log10(stage.gain / before))).toBeLessThan(0.3001);
      before = stage.gain;
    }
    expect(20 * Math.log10(before)).toBeGreaterThan(3);
    expect(20 * Math.log10(before)).toBeLessThanOrEqual(6.0001);
  });

  it('is not harmed by samples that are no numbers', () => {
    const bad = speech.slice();
    bad.set([Number.NaN, Number.POSITIVE_INFINITY], 20000);
    const out = new LoudnessNormaliser(defaultLoudnessConfig).process(bad);
    expect(out.every(Number.isFinite)).toBe(true);
  });

  it('refuses numbers out of range', () => {
    expect(() => new LoudnessNormaliser({ ...defaultLoudnessConfig, targetDb: 3 })).toThrow(
      'loudness.targetDb must be in [-60, 0], got 3',
    );
    expect(() => new LoudnessNormaliser({ ...defaultLoudnessConfig, memoryS: Number.NaN })).toThrow(
      'memoryS',
    );
  });
});
