/** What recognising costs in one process without any server: CPU from samples to events. */
import type { LocalModel } from '@undertone/client-sdk/local';
import { StreamRecogniser } from '@undertone/core';

export interface RecognitionOptions {
  readonly packetMs?: number;
  readonly intervalMs?: number;
  readonly windowMs?: number;
}

/** CPU milliseconds of this process per second of audio; the streams advance together, a packet at a time. */
export async function recognitionCost(
  model: LocalModel,
  audio: readonly Uint8Array[],
  options: RecognitionOptions = {},
): Promise<number> {
  const { packetMs = 100, ...settings } = options;
  const recognisers = audio.map(
    () =>
      new StreamRecogniser(model.scheduler, {
        encoding: 'linear16',
        sampleRateHz: 16_000,
        channels: 1,
        ...settings,
        onEvents: () => {},
        onError: (error) => {
          throw error;
        },
      }),
  );
  const packetBytes = packetMs * 32;
  const before = process.cpuUsage();
  for (let at = 0; at < audio[0]!.length; at += packetBytes) {
    for (const [i, stream] of recognisers.entries()) stream.accept(audio[i]!.subarray(at, at + packetBytes));
    await Promise.all(recognisers.map((stream) => stream.drained()));
  }
  await Promise.all(recognisers.map((stream) => stream.finish()));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / ((audio.length * audio[0]!.length) / 32_000);
}

export function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
}
