/** What training leaves of each family of window models: a network that can be written as a model folder. */
import type { Manifest } from '@undertone/core';
import type { ModelDescription } from '../export/write-model-folder.ts';

export interface FamilyNetwork {
  /** What was learned from what, in words. */
  readonly summary: string;
  /** Numbers that were learned. */
  readonly parameters: number;
  /** Writes the model folder. */
  write(folder: string, description: ModelDescription): Promise<Manifest>;
}

export interface TrainedFamily {
  readonly network: FamilyNetwork;
  /** Epochs that made it; 1 of a classifier. */
  readonly epochs: number;
}
