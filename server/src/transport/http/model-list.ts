/** What `GET /v1/models` answers. */
import type { ModelKind } from '@undertone/core';
import type { ServedModels } from '../../inference/served-models.ts';

export interface ModelEntry {
  readonly name: string;
  readonly version: string;
  readonly kind: ModelKind;
  readonly labels: readonly string[];
  /** Audio between two decisions: results begin and end on a multiple of it. */
  readonly step_ms: number;
  /** Whether a stream without a wish gets it. */
  readonly default: boolean;
}

export function modelList(models: ServedModels): { readonly models: readonly ModelEntry[] } {
  return {
    models: models.all.map((each) => {
      const { name, version, kind, labels, features } = each.manifest;
      const stepSamples = each.stepFrames * features.hopSamples;
      const stepMs = (1000 * stepSamples) / features.sampleRate;
      return { name, version, kind, labels, step_ms: stepMs, default: each === models.default };
    }),
  };
}
