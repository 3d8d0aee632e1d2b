import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { SmallModel } from '../../../test/support/small-model.ts';
import { speech } from '../../../test/support/speech.ts';
import { encodeG711 } from '../audio/g711.ts';
import { defaultLoudnessConfig } from '../audio/loudness-normaliser.ts';
import { defaultSuppressorConfig } from '../audio/noise-suppressor.ts';
import { type AudioEncoding, bytesPerSample } from '../audio/pcm-decoder.ts';
import { Resampler } from '../audio/resampler.ts';
import { UndertoneError } from '../errors.ts';
import { defaultFeatureConfig } from '../features/feature-config.ts';
import { defaultFunctionalsConfig } from '../features/functionals/functionals-config.ts';
import { functionalNames } from '../features/functionals/functionals-plan.ts';
import type { StreamingManifest, WindowManifest } from '../model/manifest.ts';
import type { ModelRuntime } from '../model/model-runtime.ts';
import type { OrtLike, OrtTensorLike } from '../model/onnx-session.ts';
import { openWindowModel } from '../model/window-model.ts';
import { BatchScheduler } from './batch-scheduler.ts';
import type { ChannelSummary, RecogniserEvent } from './events.ts';
import { checksum } from './state-writer.ts';
import { StreamRecogniser, type StreamRecogniserOptions } from './stream-recogniser.ts';

class Tensor implements OrtTensorLike {
  readonly data: Float32Array;
  readonly dims: readonly number[];

  constructor(_type: 'float32', data: Float32Array, dims: readonly number[]) {
    this.data = data;
    this.dims = dims;
  }
}

const sines = Float64Array.from({ length: 1009 }, (_, i) => Math.sin(1 + i));

/** A network of windows whose three outputs are sums of the window with different weights, squashed to (0, 1). */
function windowNetwork(input: string, outputs: readonly string[]): OrtLike {
  const run = async (feeds: Record<string, OrtTensorLike>): Promise<Record<string, OrtTensorLike>> => {
    const { dims, data } = feeds[input] as Tensor;
    const count = dims[0]!;
    const size = data.length / count;
    const out = new Float32Array(3 * count);
    for (let n = 0; n < count; n++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let i = 0; i < size; i++) sum += data[n * size + i]! * sines[(i * (c + 1)) % sines.length]!;
        out[3 * n + c] = 1 / (1 + Math.exp(-sum / size));
      }
    }
    return { [outputs.at(-1)!]: new Tensor('float32', out, [count, 3]) };
  };
  const session = { inputNames: [input], outputNames: outputs, run, release: async () => {} };
  return { Tensor, InferenceSession: { create: async () => session } };
}

const { files: _, stateSize: __, valueSize: ___, stepFrames: ____, ...base } = testManifest();
const layout = {
  windowFrames: 100,
  hopFrames: 25,
  speech: { onsetProbability: 0.5, offsetProbability: 0.3, minSpeechMs: 120 },
  files: { model: { path: 'model.onnx', sha256: '0'.repeat(64) } },
};
const frames: WindowManifest = { ...base, ...layout, kind: 'frames' };
const functionalFeatures = { ...defaultFeatureConfig, functionals: defaultFunctionalsConfig };
const functionals: WindowManifest = {
  ...base,
  ...layout,
  kind: 'functionals',
  features: functionalFeatures,
  inputSize: functionalNames(functionalFeatures).length,
};

/** Levels of speech as a model without loudness at its inputs has them; speech is where band 12 stands out. */
class LevelModel extends SmallModel {
  override readonly manifest: StreamingManifest = testManifest({
    features: {
      ...defaultFeatureConfig,
      preprocess: { suppressor: defaultSuppressorConfig, loudness: defaultLoudnessConfig },
    },
    normalisation: {
      ...testManifest().normalisation,
      kind: 'causal-level',
      priorMean: new Array<number>(64).fill(-3),
      level: {
        floor: new Array<number>(64).fill(-4),
        lead: 3,
        voicedFrames: 3,
        memoryFrames: 3000,
      },
    },
  });
}

const models: Readonly<Record<string, () => Promise<ModelRuntime>>> = {
  streaming: async () => new SmallModel(12),
  'streaming with preprocessing': async () => new LevelModel(12),
  frames: () => openWindowModel(windowNetwork('features', ['logits']), frames, new Uint8Array(1)),
  functionals: () =>
    openWindowModel(windowNetwork('functionals', ['label', 'probabilities']), functionals, new Uint8Array(1)),
};

interface Source {
  readonly bytes: Uint8Array;
  readonly options: Pick<StreamRecogniserOptions, 'encoding' | 'sampleRateHz' | 'channels'>;
}

/** Two sentences; a second channel says them the other way round. */
function source(encoding: AudioEncoding, sampleRateHz: number, channels: number): Source {
  const signals = [speech('speech_happy_f', 'speech_sad_m'), speech('speech_sad_m', 'speech_happy_f')].map(
    (pcm) => {
      const samples = Float32Array.from(pcm, (sample) => sample / 32768);
      return new Resampler(16000, sampleRateHz).process(samples).slice();
    },
  );
  const length = signals[0]!.length;
  const mixed = new Float32Array(length * channels);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < length; i++) mixed[i * channels + c] = signals[c]![i]!;
  }
  const options = { encoding, sampleRateHz, channels };
  if (encoding === 'float32') return { bytes: new Uint8Array(mixed.buffer), options };
  if (encoding === 'mulaw' || encoding === 'alaw') return { bytes: encodeG711(mixed, encoding), options };
  const pcm = Int16Array.from(mixed, (sample) => Math.round(32767 * Math.max(-1, Math.min(1, sample))));
  return { bytes: new Uint8Array(pcm.buffer), options };
}

interface Heard {
  readonly stream: StreamRecogniser;
  readonly events: RecogniserEvent[];
}

/** A stream of its own scheduler, and so of its own kernel. */
function listen(model: ModelRuntime, options: Partial<StreamRecogniserOptions>): Heard {
  const events: RecogniserEvent[] = [];
  const stream = new StreamRecogniser(new BatchScheduler(model), {
    encoding: 'linear16',
    sampleRateHz: 16000,
    channels: 1,
    onEvents: (more) => events.push(...more),
    onError: (error) => expect.unreachable(error.message),
    ...options,
  });
  return { stream, events };
}

async function feed({ stream }: Heard, bytes: Uint8Array, packetBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += packetBytes) {
    stream.accept(bytes.subarray(at, at + packetBytes));
    await Promise.resolve();
  }
}

describe('a snapshot of a stream', () => {
  const cases: readonly [string, AudioEncoding, number, number][] = [
    ['streaming', 'linear16', 16000, 1],
    ['streaming', 'mulaw', 8000, 2],
    ['streaming', 'float32', 44100, 1],
    ['streaming with preprocessing', 'linear16', 16000, 2],
    ['streaming with preprocessing', 'alaw', 8000, 1],
    ['frames', 'linear16', 16000, 1],
    ['frames', 'float32', 44100, 2],
    ['functionals', 'linear16', 16000, 2],
    ['functionals', 'mulaw', 8000, 1],
    ['functionals', 'float32', 44100, 1],
  ];

  it.each(cases)(
    'lets a stream of the kind %s, %s at %i Hz on %i channels go on bit for bit, wherever it was cut',
    async (kind, encoding, rate, channels) => {
      const { bytes, options } = source(encoding, rate, channels);
      const model = models[kind]!;
      const settings = { intervalMs: 500, windowMs: 1500, trendMs: 1500 };
      const whole = listen(await model(), { ...options, ...settings });
      await feed(whole, bytes, 9999);
      const summaries = await whole.stream.finish();
      const finals = whole.events.filter((event) => event.type === 'Emotion' && event.isFinal);
      expect(finals.length).toBeGreaterThanOrEqual(channels);

      const frameBytes = bytesPerSample[encoding] * channels;
      const samples = bytes.length / frameBytes;
      for (let i = 0; i < 12; i++) {
        const cut = i === 0 ? 0 : Math.floor(((i - 0.37) * samples) / 11.1);
        const first = listen(await model(), { ...options, ...settings });
        await feed(first, bytes.subarray(0, cut * frameBytes), 3333);
        await first.stream.drained();
        expect(first.stream.acceptedSamples).toBe(cut);
        const snapshot = first.stream.snapshot();
        first.stream.close();

        const second = listen(await model(), { ...options, snapshot });
        expect(second.stream.acceptedSamples).toBe(cut);
        await feed(second, bytes.subarray(cut * frameBytes), 4321);
        const rest: readonly ChannelSummary[] = await second.stream.finish();
        for (let c = 0; c < channels; c++) {
          const of = (events: readonly RecogniserEvent[]) => events.filter(({ channel }) => channel === c);
          expect([...of(first.events), ...of(second.events)]).toEqual(of(whole.events));
        }
        expect(rest).toEqual(summaries);
      }
    },
  );

  it('numbers the events of each channel from 0 without a gap', async () => {
    const { bytes, options } = source('linear16', 16000, 2);
    const heard = listen(new SmallModel(12), options);
    await feed(heard, bytes, 5000);
    await heard.stream.finish();
    for (const channel of [0, 1]) {
      const ordinals = heard.events.filter((event) => event.channel === channel).map((e) => e.ordinal);
      expect(ordinals.length).toBeGreaterThan(6);
      expect(ordinals).toEqual(ordinals.map((_value, i) => i));
    }
  });

  it('is refused while something waits', () => {
    const { stream } = listen(new SmallModel(12), {});
    stream.accept(new Uint8Array(32000));
    expect(() => stream.snapshot()).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it('can be taken again at once of a restored stream, and is the same', async () => {
    const { bytes, options } = source('mulaw', 8000, 2);
    const first = listen(new SmallModel(12), options);
    await feed(first, bytes.subarray(0, 40000), 999);
    await first.stream.drained();
    const snapshot = first.stream.snapshot();
    const second = listen(new SmallModel(12), { ...options, snapshot });
    expect(second.stream.snapshot()).toEqual(snapshot);
  });

  it('holds the settings, which those of the new stream do not change', async () => {
    const first = listen(new SmallModel(12), { intervalMs: 250, channels: 2, analysed: [true, false] });
    first.stream.configure({ endpointingMs: 900 });
    await first.stream.drained();
    const snapshot = first.stream.snapshot();
    const second = listen(new SmallModel(12), { channels: 2, intervalMs: 5000, snapshot });
    expect(second.stream.snapshot()).toEqual(snapshot);
  });

  it.each([
    ['sample rate', { sampleRateHz: 8000 }],
    ['number of channels', { channels: 2 }],
  ])('is refused by a stream of another %s', async (_name, other) => {
    const snapshot = listen(new SmallModel(12), {}).stream.snapshot();
    expect(() => listen(new SmallModel(12), { ...other, snapshot })).toThrow(
      expect.objectContaining({ code: 'bad_checkpoint' }),
    );
  });

  it('is refused by another model or other features', async () => {
    const snapshot = listen(new SmallModel(12), {}).stream.snapshot();
    for (const other of [{ name: 'other' }, { version: '2.0.0' }, { featureHash: '1' }]) {
      const model = Object.assign(new SmallModel(12), { manifest: testManifest(other) });
      expect(() => listen(model, { snapshot })).toThrow(expect.objectContaining({ code: 'bad_checkpoint' }));
    }
  });
});

describe('a snapshot that was tampered with', () => {
  const { bytes, options } = source('linear16', 16000, 1);

  async function snapshotOf(kind: string): Promise<Uint8Array> {
    const heard = listen(await models[kind]!(), options);
    await feed(heard, bytes.subarray(0, 2.2 * 32000), 3200);
    await heard.stream.drained();
    return heard.stream.snapshot();
  }

  function random(seed: number): () => number {
    let s = seed;
    return () => {
      s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
      return s / 2 ** 32;
    };
  }

  const refused = expect.objectContaining({ code: 'bad_checkpoint' });

  it('is refused when it is cut short, made longer, random, or any bit is flipped', async () => {
    const snapshot = await snapshotOf('streaming');
    const next = random(1);
    const attempts: Uint8Array[] = [new Uint8Array(0), new Uint8Array(3), new Uint8Array([...snapshot, 0])];
    attempts.push(new Uint8Array([...snapshot, 0, 0, 0, 0]));
    for (let i = 0; i < 200; i++) {
      attempts.push(snapshot.subarray(0, Math.floor(next() * snapshot.length)));
      const flipped = snapshot.slice();
      flipped[Math.floor(next() * flipped.length)]! ^= 1 << Math.floor(next() * 8);
      attempts.push(flipped);
      attempts.push(Uint8Array.from({ length: Math.floor(next() * 300) }, () => 256 * next()));
    }
    for (const attempt of attempts) {
      expect(() => listen(new SmallModel(12), { ...options, snapshot: attempt })).toThrow(refused);
    }
  });

  it.each(Object.keys(models))(
    'ends in an error of the list or goes on, but never breaks, where the checksum fits (%s)',
    async (kind) => {
      const snapshot = await snapshotOf(kind);
      const model = await models[kind]!();
      const scheduler = new BatchScheduler(model);
      const next = random(2);
      let restored = 0;
      for (let i = 0; i < 300; i++) {
        const changed = snapshot.slice();
        const body = changed.subarray(0, changed.length - 4);
        // Counts and flags stand in the first bytes and between the arrays; both are hit.
        const hits = 1 + Math.floor(next() * 4);
        for (let k = 0; k < hits; k++) {
          const at = Math.floor(next() * (i % 2 === 0 ? body.length : Math.min(400, body.length)));
          body[at] = next() < 0.3 ? 255 : 256 * next();
        }
        const words = new Uint32Array(changed.buffer);
        words[words.length - 1] = checksum(words.subarray(0, -1));
        try {
          const stream = new StreamRecogniser(scheduler, {
            ...options,
            snapshot: changed,
            onEvents: () => {},
            onError: (error) => expect(error).toBeInstanceOf(UndertoneError),
          });
          restored++;
          stream.accept(bytes.subarray(2.2 * 32000, 3 * 32000));
          await stream.finish();
        } catch (error) {
          expect(error).toBeInstanceOf(UndertoneError);
        }
      }
      expect(restored).toBeGreaterThan(20);
    },
    60_000,
  );
});
