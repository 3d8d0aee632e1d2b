import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { CausalNormaliser } from '../features/causal-normaliser.ts';
import { defaultFeatureConfig, type FeatureConfig, rawFrameSize } from '../features/feature-config.ts';
import { FrameDescriber } from '../features/functionals/frame-describer.ts';
import { FunctionalBlock } from '../features/functionals/functional-block.ts';
import { defaultFunctionalsConfig } from '../features/functionals/functionals-config.ts';
import { functionalsOf } from '../features/functionals/functionals-of.ts';
import { FunctionalsPlan } from '../features/functionals/functionals-plan.ts';
import { createModelInputs } from './model-inputs.ts';
import { windowsOf } from './windows-of.ts';

const features: FeatureConfig = { ...defaultFeatureConfig, functionals: defaultFunctionalsConfig };
const plan = new FunctionalsPlan(features);
const rawSize = rawFrameSize(features);
const { normalisation, inputSize: frameSize } = testManifest();

const framesOf = (windowFrames: number, hopFrames: number) =>
  ({ kind: 'frames', features, normalisation, windowFrames, hopFrames, inputSize: frameSize }) as const;
const functionalsOfWindows = (windowFrames: number, hopFrames: number) =>
  ({ kind: 'functionals', features, windowFrames, hopFrames, inputSize: plan.size }) as const;

/** Raw frames of `pattern`, 100 ms each: `#` voiced and loud, `.` quiet. */
function rawOf(pattern: string): Float32Array {
  let state = 11;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const raw = new Float32Array(pattern.length * 10 * rawSize);
  for (let t = 0; t < pattern.length * 10; t++) {
    const loud = pattern[Math.floor(t / 10)] === '#';
    const at = t * rawSize;
    for (let b = 0; b < rawSize - 2; b++) raw[at + b] = (loud ? -2 - b / 20 : -12) + random();
    raw[at + rawSize - 2] = loud ? 150 + 50 * random() : 0;
    raw[at + rawSize - 1] = loud ? 0.9 : 0.1 * random();
  }
  return raw;
}

/** 0.3 s of pause, then speech with pauses of 0.2 s: nothing is forgotten. */
const flowing = `...${'#####..####..######'.repeat(2)}`;
const raw = rawOf(flowing);
const frameCount = raw.length / rawSize;

describe('windows of frames', () => {
  it('are the newest normalised frames, with zeros before the start of the stream', () => {
    const inputs = new Float32Array(frameCount * frameSize);
    new CausalNormaliser(features, normalisation).process(raw, frameCount, inputs);
    const { count, windows, windowDims } = windowsOf(framesOf(100, 25), raw);
    expect(windowDims).toEqual([100, frameSize]);
    expect(count).toBe(Math.floor(frameCount / 25));
    for (let i = 0; i < count; i++) {
      const end = (i + 1) * 25;
      const expected = new Float32Array(100 * frameSize);
      const known = inputs.subarray(Math.max(0, end - 100) * frameSize, end * frameSize);
      expected.set(known, expected.length - known.length);
      expect(windows.subarray(i * expected.length, (i + 1) * expected.length)).toEqual(expected);
    }
  });

  it('are the same at another hop', () => {
    const size = 100 * frameSize;
    const often = windowsOf(framesOf(100, 10), raw);
    const seldom = windowsOf(framesOf(100, 50), raw);
    for (let i = 0; i < seldom.count; i++) {
      const same = 5 * (i + 1) - 1;
      expect(seldom.windows.subarray(i * size, (i + 1) * size)).toEqual(
        often.windows.subarray(same * size, (same + 1) * size),
      );
      expect(seldom.speechShare[i]).toBeCloseTo(often.speechShare[same]!, 6);
    }
  });
});

describe('windows of functionals', () => {
  /** The functionals of frames [from, to), summed up in one go. */
  function naive(from: number, to: number): Float32Array {
    const describer = new FrameDescriber(plan);
    const block = new FunctionalBlock(plan);
    for (let t = 0; t < to; t++) {
      describer.next(raw, t * rawSize);
      if (t >= from) block.add(describer);
    }
    return functionalsOf(block);
  }

  it.each([
    [100, 25],
    [200, 10],
    [50, 50],
  ])('of %i frames every %i are those of the frames they cover', (windowFrames, hopFrames) => {
    const { count, windows } = windowsOf(functionalsOfWindows(windowFrames, hopFrames), raw);
    expect(count).toBe(Math.floor(frameCount / hopFrames));
    for (let i = 0; i < count; i++) {
      const end = (i + 1) * hopFrames;
      const expected = naive(Math.max(0, end - windowFrames), end);
      const found = windows.subarray(i * plan.size, (i + 1) * plan.size);
      for (const [d, value] of expected.entries())
        expect(Math.abs(found[d]! - value), plan.names[d]).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
    }
  });
});

describe.each([
  ['frames', framesOf(100, 25)],
  ['functionals', functionalsOfWindows(100, 25)],
])('inputs of the kind %s', (_, config) => {
  it.each([1, 7, 24, 60])('are the same when %i frames come at a time', (packet) => {
    const inputs = createModelInputs(config);
    const rows: number[] = [];
    for (let at = 0; at < raw.length; at += packet * rawSize) {
      // Room that was used before, to see that nothing is left of it.
      let buffer = new Float32Array(0);
      inputs.accept(raw.subarray(at, at + packet * rawSize), (count) => {
        buffer = new Float32Array(3 + count * inputs.size).fill(9);
        return { buffer, offset: 3 };
      });
      rows.push(...buffer.subarray(3));
    }
    let whole = new Float32Array(0);
    createModelInputs(config).accept(raw, (count) => {
      whole = new Float32Array(count * inputs.size);
      return { buffer: whole, offset: 0 };
    });
    expect(Float32Array.from(rows)).toEqual(whole);
  });

  it('do not reach back over a pause', () => {
    const afterPause = '........######..####';
    const cut = (before: string) => windowsOf({ ...config, windowFrames: 300 }, rawOf(before + afterPause));
    const { windows, count, judged } = cut('..########');
    // At its end the window covers the pause alone, and says nothing.
    const quiet = Math.floor((10 + 8) / 2.5) - 1;
    expect(judged[quiet - 3]).toBe(true);
    expect(judged[quiet]).toBe(false);
    const size = windows.length / count;
    const last = windows.subarray((count - 1) * size);
    if (config.kind === 'frames') {
      const heard = last.findIndex((x) => x !== 0) / frameSize;
      expect(heard).toBeGreaterThan(300 - 10 * afterPause.length);
      expect(heard).toBeLessThan(300 - 10 * afterPause.length + 50);
    } else {
      // What came before makes no difference.
      const other = cut('...###.###').windows.subarray((count - 1) * size);
      for (const [d, value] of last.entries()) expect(value, plan.names[d]).toBeCloseTo(other[d]!, 4);
    }
  });

  it('weigh a window by the square of its speech', () => {
    const { attention, speechShare, judged } = windowsOf(config, rawOf('..........########'));
    expect(judged[0]).toBe(false);
    expect(attention[0]).toBe(-30);
    const last = attention.length - 1;
    expect(judged[last]).toBe(true);
    expect(speechShare[last]).toBeGreaterThan(0.3);
    expect(attention[last]).toBeCloseTo(2 * Math.log(speechShare[last]!), 5);
  });
});
