/** What a model costs while it runs: measured on streams as the server holds them, packets in and results out. */
import { performance } from 'node:perf_hooks';
import {
  BatchScheduler,
  FunctionalBlock,
  FunctionalsPlan,
  type ModelRuntime,
  StreamRecogniser,
  UndertoneError,
} from '@undertone/core';

export interface RunningCost {
  /** CPU milliseconds for a second of audio: decoding, features, network and pooling, with `streams` at the same time. */
  readonly cpuMsPerSecond: number;
  /** The same for one stream alone, whose network runs in batches of one. */
  readonly cpuMsPerSecondAlone: number;
  /** Milliseconds of audio that an answer waits for: a step and the rest of the analysis window. */
  readonly waitMs: number;
  /** Milliseconds that a step of one stream then computes, median. */
  readonly stepMs: number;
  /** Bytes that a stream holds for the model: network state, the frames of a window, or partial sums of one. */
  readonly stateBytes: number;
}

/** Streams that are heard together. */
const streamsTogether = 8;
const packetSamples = 320;
const samplesPerSecond = 16000;
const warmUpS = 2;

export interface CostOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after every second of audio: seconds heard, of all that will be. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * @param audio 16 kHz speech, at least some seconds; every stream hears it
 * @throws UndertoneError `aborted`
 */
export async function measureRunningCost(
  model: ModelRuntime,
  audio: Float32Array,
  options: CostOptions = {},
): Promise<RunningCost> {
  const { features } = model.manifest;
  const warmUp = audio.subarray(0, warmUpS * samplesPerSecond);
  const parts = [warmUp, audio, audio].map(({ length }) => Math.ceil(length / samplesPerSecond));
  const total = parts.reduce((sum, seconds) => sum + seconds, 0);
  let done = 0;
  const onSecond = (): void => {
    if (options.signal?.aborted) throw new UndertoneError('aborted', 'Stopped while measuring costs.');
    options.onProgress?.(++done, total);
  };
  await heardBy(model, warmUp, streamsTogether, onSecond);
  const together = await heardBy(model, audio, streamsTogether, onSecond);
  const alone = await heardBy(model, audio, 1, onSecond);
  return {
    cpuMsPerSecond: together,
    cpuMsPerSecondAlone: alone,
    waitMs:
      (1000 * (model.stepFrames * features.hopSamples + features.windowSamples - features.hopSamples)) /
      features.sampleRate,
    stepMs: await medianStepMs(model),
    stateBytes: stateBytesOf(model),
  };
}

function stateBytesOf({ manifest, stateSize }: ModelRuntime): number {
  if (manifest.kind !== 'functionals') return 4 * stateSize;
  const { sums, trends, histograms } = new FunctionalBlock(new FunctionalsPlan(manifest.features));
  // The blocks of the window, their two sums, and the one that grows.
  const blocks = manifest.windowFrames / manifest.hopFrames + 3;
  return blocks * (sums.byteLength + trends.byteLength + histograms.byteLength);
}

/** CPU milliseconds per second of audio. */
async function heardBy(
  model: ModelRuntime,
  audio: Float32Array,
  streams: number,
  onSecond: () => void,
): Promise<number> {
  const scheduler = new BatchScheduler(model);
  const recognisers = Array.from(
    { length: streams },
    () =>
      new StreamRecogniser(scheduler, {
        encoding: 'float32',
        sampleRateHz: samplesPerSecond,
        channels: 1,
        onEvents: () => {},
        onError: (error) => {
          throw error;
        },
      }),
  );
  const bytes = new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength);
  const before = process.cpuUsage();
  try {
    for (let at = 0; at < bytes.length; at += 4 * packetSamples) {
      if (at > 0 && at % (4 * samplesPerSecond) === 0) onSecond();
      for (const recogniser of recognisers) recogniser.accept(bytes.subarray(at, at + 4 * packetSamples));
      await Promise.all(recognisers.map((recogniser) => recogniser.drained()));
    }
    await Promise.all(recognisers.map((recogniser) => recogniser.finish()));
  } finally {
    for (const recogniser of recognisers) recogniser.close();
    await scheduler.close();
  }
  const { user, system } = process.cpuUsage(before);
  onSecond();
  return (user + system) / 1000 / (streams * (audio.length / samplesPerSecond));
}

/** A step with all speech, so that windows are judged. */
async function medianStepMs(model: ModelRuntime): Promise<number> {
  const { inputSize, stateSize, stepFrames } = model;
  const features = new Float32Array(stepFrames * inputSize).fill(0.5);
  const state = new Float32Array(stateSize).fill(0.5);
  const times: number[] = [];
  for (let n = 0; n < 20; n++) {
    const start = performance.now();
    await model.step({ batch: 1, frames: stepFrames, features, state: state.slice() });
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}
