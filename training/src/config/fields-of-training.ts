/** Fields of an experiment: how the weights are found. */

import { type Freeze, freezes } from '../models/frozen-parameters.ts';
import { type Schedule, schedules } from '../train/optimiser.ts';
import { choice, number, whole, wholes } from './field-kinds.ts';
import type { Fields } from './fields.ts';

const largestSeed = 2 ** 31 - 1;

export interface TrainingSettings {
  readonly seed: number;
  readonly epochs: number;
  readonly validateEvery: number;
  readonly threads: number;
  readonly batchRows: number;
  readonly frameBuckets: readonly number[];
  readonly learningRate: number;
  readonly warmupShare: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly averageDecay: number;
  readonly averageShare: number;
  readonly averageRate: number;
  readonly schedule: Schedule;
  readonly patience: number;
  readonly freeze: Freeze;
}

export const trainingFields: Fields<TrainingSettings> = {
  seed: whole(1, 0, largestSeed, 'Seed of the split, the first weights, the order and all augmentation.'),
  epochs: whole(40, 1, 10_000, 'How often the training clips are gone through.'),
  validateEvery: whole(2, 1, 10_000, 'Epochs between two validations.'),
  threads: whole(
    2,
    0,
    64,
    'Threads for features; 0 does everything in one, training too, with the same result.',
  ),
  batchRows: whole(64, 2, 4096, 'Rows of a batch, an even number: half of them go to each training thread.'),
  frameBuckets: wholes(
    [192, 256, 320, 448],
    16,
    6000,
    'Lengths to which rows are filled up, in frames of 10 ms, ascending multiples of 4; longer rows are cropped.',
  ),
  learningRate: number(2e-3, 1e-8, 1, 'Highest learning rate of the schedule.'),
  warmupShare: number(0.3, 0, 1, 'Share of the steps in which the learning rate rises.'),
  weightDecay: number(0.01, 0, 1, 'Decoupled weight decay.'),
  clipNorm: number(5, 1e-6, 1e6, 'Largest norm of a gradient.'),
  averageDecay: number(0.99, 0, 0.999999, 'Share of the averaged weights kept at each step.'),
  averageShare: number(
    0.3,
    0,
    1,
    'Share of the steps, the last ones, over which the weights are averaged evenly; 0 only ever as above.',
  ),
  averageRate: number(0.25, 0, 1, 'Least learning rate in those steps, as a share of the highest.'),
  schedule: choice(
    'one-cycle',
    schedules,
    'How the learning rate goes after its rise: one-cycle and cosine fall, constant stays.',
  ),
  patience: whole(
    0,
    0,
    10_000,
    'Stop after so many validations without a better UAR, and keep the best weights; 0 never stops.',
  ),
  freeze: choice(
    'none',
    freezes,
    'What stays as it is: nothing, the front (convolutions), or all but the head.',
  ),
};
