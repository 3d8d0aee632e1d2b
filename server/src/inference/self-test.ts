/** Placeholder until the golden format is known. */
import type { ModelRuntime } from '@undertone/core';

export async function selfTest(_model: ModelRuntime, _golden: unknown): Promise<void> {}
