/** Lets an exported model hear recordings as a server does: a stream of packets in, events and a summary out. */
import {
  BatchScheduler,
  type ChannelSummary,
  type ModelRuntime,
  type RecogniserEvent,
  StreamRecogniser,
  type UndertoneError,
} from '@undertone/core';

export interface HeardStream {
  /** In the order of the audio. */
  readonly events: readonly RecogniserEvent[];
  readonly summary: ChannelSummary;
}

/** What a server takes at once from a file is up to its client; here a second at a time. */
const packetSeconds = 1;

/**
 * @param samples one channel, full scale 1, at `sampleRateHz` (8000 to 48000)
 * @param scheduler shared by streams that are heard at the same time, so that they go through the network together
 * @throws UndertoneError when the model fails
 */
export async function streamSamples(
  scheduler: BatchScheduler,
  samples: Float32Array,
  sampleRateHz: number,
  interimResults: boolean,
): Promise<HeardStream> {
  const events: RecogniserEvent[] = [];
  let failure: UndertoneError | null = null;
  const stream = new StreamRecogniser(scheduler, {
    encoding: 'float32',
    sampleRateHz,
    channels: 1,
    interimResults,
    onEvents: (some) => events.push(...some),
    onError: (error) => {
      failure = error;
    },
  });
  try {
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    const packetBytes = 4 * sampleRateHz * packetSeconds;
    for (let at = 0; at < bytes.length; at += packetBytes) {
      stream.accept(bytes.subarray(at, at + packetBytes));
      await stream.drained();
    }
    const [summary] = await stream.finish();
    return { events, summary: summary! };
  } catch (error) {
    throw failure ?? error;
  } finally {
    stream.close();
  }
}

/** `streamSamples` of 16 kHz recordings, all at once. */
export async function streamTogether(
  model: ModelRuntime,
  recordings: readonly Float32Array[],
): Promise<HeardStream[]> {
  const scheduler = new BatchScheduler(model);
  try {
    return await Promise.all(
      recordings.map((samples) =>
        streamSamples(scheduler, samples, model.manifest.features.sampleRate, true),
      ),
    );
  } finally {
    await scheduler.close();
  }
}
