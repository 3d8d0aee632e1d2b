import { expect, test } from 'vitest';
import { goldenSignals, packetSizes, packets, readGoldenWav } from '../../../test/support/golden.ts';
import { UndertoneError } from '../errors.ts';
import { StateReader } from '../stream/state-reader.ts';
import { StateWriter } from '../stream/state-writer.ts';
import { defaultFeatureConfig, rawFrameSize } from './feature-config.ts';
import { FeatureKernel, FrontEnd } from './front-end.ts';

const kernel = new FeatureKernel(defaultFeatureConfig);
const size = rawFrameSize(defaultFeatureConfig);

function inPackets(frontEnd: FrontEnd, samples: Float32Array, packetSamples: number): Float32Array {
  const frames: number[] = [];
  for (const packet of packets(samples, packetSamples)) frames.push(...frontEnd.accept(packet));
  return Float32Array.from(frames);
}

/** Equality of bits, which tells 0 from -0. */
function expectSameBits(a: Float32Array, b: Float32Array): void {
  const bits = (x: Float32Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  expect(bits(a).equals(bits(b))).toBe(true);
}

test.each(goldenSignals)('packets of any size give the same bits as one piece on %s', (signal) => {
  const samples = readGoldenWav(signal);
  const whole = new FrontEnd(kernel).accept(samples).slice();
  for (const packetSamples of packetSizes) {
    expectSameBits(inPackets(new FrontEnd(kernel), samples, packetSamples), whole);
  }
});

test('a frame is reported as soon as its last sample has come', () => {
  const frontEnd = new FrontEnd(kernel);
  expect(frontEnd.accept(new Float32Array(399))).toHaveLength(0);
  expect(frontEnd.frames).toBe(0);
  expect(frontEnd.accept(new Float32Array(1))).toHaveLength(size);
  expect(frontEnd.accept(new Float32Array(0))).toHaveLength(0);
  expect(frontEnd.accept(new Float32Array(159))).toHaveLength(0);
  expect(frontEnd.accept(new Float32Array(1))).toHaveLength(size);
  expect(frontEnd.frames).toBe(2);
});

test('a frame does not depend on samples after its end', () => {
  const samples = readGoldenWav('speech_sad_m').slice(0, 8000);
  const reference = new FrontEnd(kernel).accept(samples).slice();
  const cut = 400 + 160 * 20;
  const other = samples.slice();
  for (let n = cut; n < other.length; n++) other[n] = Math.sin(n);
  const frames = new FrontEnd(kernel).accept(other);
  expectSameBits(frames.slice(0, 21 * size), reference.slice(0, 21 * size));
  expect(frames.slice(21 * size)).not.toEqual(reference.slice(21 * size));
});

test('streams that share a kernel do not disturb each other', () => {
  const signals = ['speech_calm_m', 'speech_angry_f', 'phone', 'vibrato'].map(readGoldenWav);
  const alone = signals.map((samples) => new FrontEnd(kernel).accept(samples).slice());
  const streams = signals.map((samples) => ({
    frontEnd: new FrontEnd(kernel),
    queue: [...packets(samples, 333)],
    frames: [] as number[],
  }));
  while (streams.some(({ queue }) => queue.length > 0)) {
    for (const { frontEnd, queue, frames } of streams)
      frames.push(...frontEnd.accept(queue.shift() ?? new Float32Array(0)));
  }
  for (const [i, { frames }] of streams.entries()) expectSameBits(Float32Array.from(frames), alone[i]!);
});

test('without pitch the log-mel bands keep their bits and the other two values are 0', () => {
  const samples = readGoldenWav('vibrato');
  const both = new FrontEnd(kernel).accept(samples).slice();
  const bandsOnly = new FrontEnd(kernel, { pitch: false }).accept(samples).slice();
  for (let t = 0; t < both.length; t += size) {
    both.fill(0, t + size - 2, t + size);
  }
  expectSameBits(bandsOnly, both);
});

test.each([
  [{ logMel: { ...defaultFeatureConfig.logMel, bands: 129 } }, 'mel bands must be 1 to 128, got 129'],
  [
    { logMel: { ...defaultFeatureConfig.logMel, energyFloor: 0 } },
    'energy floor must be at least 1e-30, got 0',
  ],
  [{ logMel: { ...defaultFeatureConfig.logMel, lowHz: 7600 } }, 'got 7600..7500 Hz'],
  [{ pitch: { floorHz: 500, ceilingHz: 65 } }, 'got 500..65'],
  [{ hopSamples: 80 as 160 }, 'got 16000, 400, 80'],
])('a configuration that cannot be computed is refused: %o', (change, message) => {
  const build = (): FeatureKernel => new FeatureKernel({ ...defaultFeatureConfig, ...change });
  expect(build).toThrow(UndertoneError);
  expect(build).toThrow(message);
});

test('a state that would lead the kernel out of its memory is refused', () => {
  const frontEnd = new FrontEnd(kernel);
  frontEnd.accept(Float32Array.from({ length: 16000 }, (_, n) => Math.sin((2 * Math.PI * 200 * n) / 16000)));
  const written = new StateWriter();
  frontEnd.writeState(written);
  const bytes = written.finish();
  const reader = new StateReader(bytes);
  const hops = reader.count();
  const waiting = reader.count();
  const words = Math.floor((bytes.length - 4) / 4) - 1;
  const memory = new Float32Array(words);
  reader.array(memory, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  // The kernel's number of hypotheses about the pitch, which there are of a tone.
  const candidates = new Int32Array(memory.buffer, 4 * (words - waiting - 19), 1);
  expect(candidates[0]).toBeGreaterThanOrEqual(1);
  const restore = (count: number): void => {
    candidates[0] = count;
    const writer = new StateWriter();
    writer.count(hops);
    writer.count(waiting);
    writer.array(memory);
    new FrontEnd(kernel).readState(new StateReader(writer.finish()));
  };
  for (const count of [0, 1, 6]) restore(count);
  for (const count of [7, 1000, -1]) {
    expect(() => restore(count)).toThrow(expect.objectContaining({ code: 'bad_checkpoint' }));
  }
});
