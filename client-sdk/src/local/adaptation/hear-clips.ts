/**
 * What the head gets of each clip: pooled as a live stream pools a whole call, by the same code, so that what is learned fits
 * what will be judged.
 */
import { BatchScheduler, type ModelRuntime, StreamRecogniser, UndertoneError } from '@undertone/core';
import { defaultRateHz, type LabelledClip } from './labelled-clip.ts';

/** A clip as the head sees it. */
export interface HeardClip {
  /** `[2K]` */
  readonly pooled: Float32Array;
  /** `[C]` of the shipped head. */
  readonly logits: Float32Array;
  /** Position in the model's labels. */
  readonly target: number;
}

/**
 * @param clips checked by `checkClips`
 * @param heard called after each clip
 * @throws UndertoneError `bad_audio` naming a clip without speech
 */
export async function hearClips(
  model: ModelRuntime,
  clips: readonly LabelledClip[],
  heard: (clips: number) => Promise<void>,
): Promise<HeardClip[]> {
  const { labels, abstention, features } = model.manifest;
  const rows: HeardClip[] = [];
  for (const [i, { audio, sampleRateHz = defaultRateHz, label }] of clips.entries()) {
    const { pooled, logits, speechSamples } = await hear(model, audio, sampleRateHz);
    const speechMs = (1000 * speechSamples) / features.sampleRate;
    if (!pooled || !logits || speechMs < abstention.minSpeechMs) {
      throw new UndertoneError(
        'bad_audio',
        `Expected clip ${i} (${label}) to hold at least ${abstention.minSpeechMs} ms of speech; heard ${Math.round(speechMs)} ms.`,
      );
    }
    rows.push({ pooled, logits, target: labels.indexOf(label) });
    await heard(i + 1);
  }
  return rows;
}

interface Heard {
  readonly pooled: Float32Array | null;
  readonly logits: Float32Array | null;
  readonly speechSamples: number;
}

/** The last thing that a stream asks the head is what it makes of the whole channel. */
async function hear(model: ModelRuntime, audio: Float32Array, sampleRateHz: number): Promise<Heard> {
  const size = 2 * model.valueSize;
  const last: { pooled: Float32Array | null; logits: Float32Array | null } = { pooled: null, logits: null };
  const { manifest, inputSize, stateSize, valueSize, stepFrames } = model;
  const scheduler = new BatchScheduler({
    manifest,
    inputSize,
    stateSize,
    valueSize,
    stepFrames,
    step: (request) => model.step(request),
    head: async (pooled, batch) => {
      const logits = await model.head(pooled, batch);
      last.pooled = pooled.slice(-size);
      last.logits = logits.slice(-manifest.labels.length);
      return logits;
    },
    close: async () => {},
  });
  const errors: UndertoneError[] = [];
  const recogniser = new StreamRecogniser(scheduler, {
    encoding: 'float32',
    sampleRateHz,
    channels: 1,
    interimResults: false,
    onEvents: () => {},
    onError: (error) => errors.push(error),
  });
  recogniser.accept(new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength));
  const [summary] = await recogniser.finish();
  await scheduler.close();
  if (errors[0]) throw errors[0];
  return { ...last, speechSamples: summary?.speechSamples ?? 0 };
}
