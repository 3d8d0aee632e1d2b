/** Golden outputs of a model: a few fixed inputs with what the training graph makes of them, kept beside the model. */
import { type Golden, goldenSchema, type StreamingGoldenCase } from '@undertone/core';
import type { StreamingModelConfig } from '../models/model-config.ts';
import { stepFrames } from '../models/model-config.ts';
import { forwardGraph } from '../models/training-graph.ts';
import { GraphSession } from '../train/graph-session.ts';
import { seededNormal, seededRandom } from '../train/seeded-random.ts';
import { timeFirst } from '../train/time-first.ts';

const goldenFrames = [8, 40];

/** Runs the training graph, which shares no code with the exported one behind its parameters. */
export async function goldenOutputs(
  parameters: Float32Array,
  config: StreamingModelConfig,
  seed = 1,
): Promise<Golden<StreamingGoldenCase>> {
  const cases: StreamingGoldenCase[] = [];
  for (const frames of goldenFrames) {
    const normal = seededNormal(seededRandom(seed, frames));
    // Multiples of 1/64 are short in JSON and exact in float32.
    const features = Float32Array.from(
      { length: frames * config.inputSize },
      () => Math.round(normal() * 32) / 64,
    );
    const session = await GraphSession.open(forwardGraph(config, { rows: 1, frames, views: 1 }));
    try {
      const out = await session.run({
        parameters,
        features: timeFirst(features, 1, frames),
        poolMask: new Float32Array(frames / stepFrames),
      });
      cases.push({
        frames,
        features: [...features],
        attention: rounded(out.attention!),
        speech: rounded(out.speech!),
        lastValues: rounded(out.values!.subarray(-config.gruSize)),
        logits: rounded(out.logits!),
      });
    } finally {
      await session.close();
    }
  }
  return { schema: goldenSchema, tolerance: 1e-4, cases };
}

function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(7)));
}
