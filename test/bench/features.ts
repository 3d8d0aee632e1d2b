/**
 * Process CPU per 10 ms frame of the front end on speech in 20 ms packets, copies in and out included: log-mel in
 * WebAssembly, the same in plain JavaScript, and log-mel with pitch; and what can be added to it: loudness, noise
 * suppression, functionals (the statistics of a window of 3 s wanted every second included). All run in turns, so that what
 * else the machine does hits all alike. `--json` prints one object, `--rounds=N` changes the number of rounds.
 */
import {
  defaultFeatureConfig,
  defaultFunctionalsConfig,
  defaultLoudnessConfig,
  defaultSuppressorConfig,
  FeatureKernel,
  FrameDescriber,
  FrontEnd,
  FunctionalBlock,
  FunctionalsPlan,
  functionalsOf,
  LogMel,
  LoudnessNormaliser,
  NoiseSuppressor,
  rawFrameSize,
  type SampleStage,
  SuppressorKernel,
} from '@undertone/core';
import { packets, readGoldenWav } from '../support/golden.ts';

const packetSamples = 320;
const warmUpRounds = 3;
const secondsPerRound = 60;

const config = defaultFeatureConfig;
const { windowSamples, hopSamples } = config;
const clips = ['speech_calm_m', 'speech_angry_f', 'speech_sad_m', 'speech_happy_f'].map(
  (name) => [...packets(readGoldenWav(name), packetSamples)] as const,
);
const clipSamples = clips.flat().reduce((sum, packet) => sum + packet.length, 0);
const repeats = Math.ceil((secondsPerRound * config.sampleRate) / clipSamples);
const kernel = new FeatureKernel(config);
const logMel = new LogMel(config);

/** Keeps results alive; printed nowhere. */
let sink = 0;

function webAssemblyStream(clip: readonly Float32Array[], pitch: boolean): number {
  const frontEnd = new FrontEnd(kernel, { pitch });
  for (const packet of clip) sink += frontEnd.accept(packet).length;
  return frontEnd.frames;
}

/** The same road in JavaScript: waiting samples in a buffer made once, frames into an array made once. */
const waiting = new Float32Array(windowSamples + packetSamples);
const frames = new Float32Array(8 * rawFrameSize(config));
function javaScriptStream(clip: readonly Float32Array[]): number {
  let count = 0;
  let length = 0;
  for (const packet of clip) {
    waiting.set(packet, length);
    length += packet.length;
    let start = 0;
    let written = 0;
    for (; start + windowSamples <= length; start += hopSamples, written++) {
      logMel.frame(waiting, start, frames, written * rawFrameSize(config));
    }
    waiting.copyWithin(0, start, length);
    length -= start;
    count += written;
  }
  sink += frames[0]!;
  return count;
}

const suppressor = new SuppressorKernel(defaultSuppressorConfig);
const plan = new FunctionalsPlan({ ...config, functionals: defaultFunctionalsConfig });

function stageStream(clip: readonly Float32Array[], stage: SampleStage): number {
  let samples = 0;
  for (const packet of clip) {
    sink += stage.process(packet).length;
    samples += packet.length;
  }
  return samples / hopSamples;
}

/** Raw frames of each clip, so that functionals are measured alone. */
const rawClips = new Map(
  clips.map((clip) => {
    const frontEnd = new FrontEnd(kernel);
    return [clip, clip.map((packet) => frontEnd.accept(packet).slice())] as const;
  }),
);

function functionalsStream(clip: readonly Float32Array[]): number {
  const describer = new FrameDescriber(plan);
  const hops = Array.from({ length: 3 }, () => new FunctionalBlock(plan));
  const window = new FunctionalBlock(plan);
  for (const raw of rawClips.get(clip)!) {
    for (let at = 0; at < raw.length; at += rawFrameSize(config)) {
      describer.next(raw, at);
      hops[0]!.add(describer);
      if (describer.frames % 100 !== 0) continue;
      window.reset();
      for (const hop of hops.toReversed()) window.merge(hop);
      sink += functionalsOf(window)[0]!;
      hops.unshift(hops.pop()!);
      hops[0]!.reset();
    }
  }
  return describer.frames;
}

function microsPerFrame(run: (clip: readonly Float32Array[]) => number): number {
  let produced = 0;
  const before = process.cpuUsage();
  for (let r = 0; r < repeats; r++) for (const clip of clips) produced += run(clip);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / produced;
}

const candidates = {
  wasmMicrosPerFrame: (clip: readonly Float32Array[]): number => webAssemblyStream(clip, false),
  jsMicrosPerFrame: javaScriptStream,
  frontEndMicrosPerFrame: (clip: readonly Float32Array[]): number => webAssemblyStream(clip, true),
  loudnessMicrosPerFrame: (clip: readonly Float32Array[]): number =>
    stageStream(clip, new LoudnessNormaliser(defaultLoudnessConfig)),
  suppressorMicrosPerFrame: (clip: readonly Float32Array[]): number =>
    stageStream(clip, new NoiseSuppressor(suppressor)),
  functionalsMicrosPerFrame: functionalsStream,
};
type Name = keyof typeof candidates;
const names = Object.keys(candidates) as Name[];

function summary(values: readonly number[]): { median: number; min: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

const rounds = Number(process.argv.find((argument) => argument.startsWith('--rounds='))?.slice(9) ?? 15);
if (!(Number.isInteger(rounds) && rounds >= 1))
  throw new RangeError('--rounds must be a whole number from 1');
const measured = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
for (let round = -warmUpRounds; round < rounds; round++) {
  for (const name of names) {
    const micros = microsPerFrame(candidates[name]);
    if (round >= 0) measured[name].push(micros);
  }
}
const ratio = summary(measured.jsMicrosPerFrame.map((js, i) => js / measured.wasmMicrosPerFrame[i]!));
const result = Object.fromEntries(names.map((name) => [name, summary(measured[name])])) as Record<
  Name,
  ReturnType<typeof summary>
>;

if (process.argv.includes('--json')) {
  const medians = Object.fromEntries(names.map((name) => [name, result[name].median]));
  console.log(
    JSON.stringify({
      ...medians,
      ratio: ratio.median,
      rounds,
      packetSamples,
      min: { ...Object.fromEntries(names.map((name) => [name, result[name].min])), ratio: ratio.min },
      max: { ...Object.fromEntries(names.map((name) => [name, result[name].max])), ratio: ratio.max },
    }),
  );
} else {
  const row = (label: string, s: ReturnType<typeof summary>): void =>
    console.log(
      `${label.padEnd(34)} ${[s.median, s.min, s.max].map((v) => v.toFixed(2).padStart(8)).join('')}`,
    );
  console.log(`CPU microseconds per 10 ms frame in 20 ms packets, ${rounds} rounds`);
  console.log(`${''.padEnd(34)}   median     min     max`);
  row('log-mel, WebAssembly', result.wasmMicrosPerFrame);
  row('log-mel, plain JavaScript', result.jsMicrosPerFrame);
  row('JavaScript / WebAssembly', ratio);
  row('log-mel and pitch, WebAssembly', result.frontEndMicrosPerFrame);
  row('loudness', result.loudnessMicrosPerFrame);
  row('noise suppressor', result.suppressorMicrosPerFrame);
  row('functionals', result.functionalsMicrosPerFrame);
}
if (Number.isNaN(sink)) throw new Error('the features are not numbers');
